import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where compiled programs go; made at the first, gone with the process. */
let folder: string | undefined;
const compiled = new Map<string, string | undefined>();

/** A program's file, and what the compiler needs beyond it. */
export interface CSource {
  readonly source: URL;
  readonly flags: readonly string[];
}

/**
 * A C program as a competitor: compiled with the host's `cc -O2`, then run once a sample. It times itself and prints
 * nanoseconds per operation as its only line.
 *
 * @param source the program's file, with the compiler's flags where it needs some.
 * @param args what it is run with.
 * @returns undefined where there is no C compiler.
 * @throws Error where it does not compile, or fails.
 */
export function cProgram(source: URL | CSource, ...args: readonly string[]): (() => number) | undefined {
  const program = source instanceof URL ? compile(source, []) : compile(source.source, source.flags);
  if (program === undefined) return undefined;
  return () => {
    const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    const nanoseconds = Number(stdout);
    if (status !== 0 || !(nanoseconds > 0)) throw new Error(`${program} ${args.join(' ')}: ${stderr || stdout}`);
    return nanoseconds;
  };
}

function compile(url: URL, flags: readonly string[]): string | undefined {
  const source = fileURLToPath(url);
  if (compiled.has(source)) return compiled.get(source);
  const program = compileNow(source, flags);
  compiled.set(source, program);
  return program;
}

function compileNow(source: string, flags: readonly string[]): string | undefined {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'kexeckit-bench-'));
    process.on('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  const program = join(folder, `program-${compiled.size}`);
  const { error, status, stderr } = spawnSync('cc', ['-O2', '-o', program, source, ...flags], { encoding: 'utf8' });
  if (error !== undefined) return undefined;
  if (status !== 0) throw new Error(`${source} does not compile: ${stderr}`);
  return program;
}
