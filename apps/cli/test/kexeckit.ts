import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, expect } from 'vitest';
import { standardInput } from '../src/options/stdin.ts';
import { plainPage } from '../src/render/page.ts';
import { run } from '../src/run.ts';
import { assertPublished } from './published.ts';

/** The command as it is installed. */
export const main: string = join(import.meta.dirname, '../dist/main.js');

/** The same by its name, in a folder that stands in PATH: hints name it so. */
const bin = mkdtempSync(join(tmpdir(), 'kexeckit-bin-'));
symlinkSync(main, join(bin, 'kexeckit'));
process.env.PATH = `${process.env.PATH ?? ''}:${bin}`;
process.on('exit', () => rmSync(bin, { recursive: true }));

/** How a run of the command ended. What it printed as JSON has been held against its schema. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the real command line tool. */
export const kexeckit = (...args: string[]): Promise<Outcome> => ended(process.cwd(), '', args);

/** Runs it in a folder, as examples are written: what it prints holds no path of this machine. */
export const kexeckitIn = (cwd: string, ...args: string[]): Promise<Outcome> => ended(cwd, '', args);

/** Runs it with this on its standard input. */
export const kexeckitReading = (input: string | Uint8Array, ...args: string[]): Promise<Outcome> =>
  ended(process.cwd(), input, args);

async function ended(cwd: string, input: string | Uint8Array, args: readonly string[]): Promise<Outcome> {
  return published(args, await outcomeOf(cwd, input, args));
}

/** @throws AssertionError for JSON that its schema has not. */
export function published(args: readonly string[], outcome: Outcome): Outcome {
  assertPublished(args, outcome.out, outcome.code);
  return outcome;
}

function outcomeOf(cwd: string, input: string | Uint8Array, args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { cwd, env: { ...process.env, NO_COLOR: '1' }, maxBuffer: 1 << 26 };
    const child = execFile(process.execPath, [main, ...args], options, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
    // It may end without reading.
    child.stdin?.on('error', () => {}).end(input);
  });
}

/** What the real command line tool writes to a pipe, as bytes. */
export async function outOf(args: readonly string[]): Promise<Buffer> {
  const out = await bytesOf(args);
  assertPublished(args, out.toString(), 0);
  return out;
}

function bytesOf(args: readonly string[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [main, ...args], { encoding: 'buffer', maxBuffer: 1 << 26 }, (error, out) => {
      if (error === null) resolve(out);
      else reject(error);
    });
  });
}

/** Runs the command in this process. @param stdin opens its standard input. */
export async function kexeckitHere(
  args: readonly string[],
  signal?: AbortSignal,
  stdin?: () => Readable,
): Promise<Outcome> {
  let [out, err] = ['', ''];
  const code = await run(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    page: plainPage,
    errPage: plainPage,
    isTerminal: false,
    ...(signal && { signal }),
    ...(stdin && { stdin: standardInput(stdin) }),
  });
  return published(args, { code, out, err });
}

/** Starts the real command line tool, to do something to it. */
export function start(args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, [main, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** A folder for the files of a test file, removed afterwards. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kexeckit-cli-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** The command line makes no sense: nothing is done, and the exit code is 2. */
export async function expectRefused(args: readonly string[], message: RegExp): Promise<void> {
  const { code, out, err } = await kexeckitHere([...args]);
  expect(err).toMatch(message);
  if (args.includes('--json')) expect(JSON.parse(out)).toMatchObject({ error: { kind: 'usage' } });
  else expect(out).toBe('');
  expect(code).toBe(2);
}
