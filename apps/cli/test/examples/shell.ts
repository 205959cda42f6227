import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { layout } from '@kexeckit/distribution';
import { main, type Outcome } from '../kexeckit.ts';

/** Where and how a command line is run. */
export interface Scene {
  readonly folder: string;
  readonly shell?: 'bash' | 'zsh';
  /** On standard input; nothing by default. */
  readonly input?: string;
  /** As a user who may change nothing on this host. */
  readonly isNobody?: boolean;
}

/** A folder of programs with `kexeckit` in it, as it is installed: the bundle. */
export function programs(folder: string): string {
  mkdirSync(folder, { recursive: true });
  symlinkSync(layout.script, join(folder, 'kexeckit'));
  return folder;
}

const NOBODY = 65_534;

/** Who starts a program: root becomes nobody, another user has no rights to lose. */
const user = ({ isNobody }: Scene): { uid?: number; gid?: number } =>
  isNobody === true && process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

function environment(bin: string, { folder }: Scene): NodeJS.ProcessEnv {
  const { NO_COLOR: _, FORCE_COLOR: __, COLUMNS: ___, XDG_STATE_HOME: ____, ...others } = process.env;
  const PATH = [bin, dirname(process.execPath), process.env.PATH].join(':');
  return { ...others, PATH, HOME: folder, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8', TZ: 'UTC' };
}

/** Options that keep a shell from reading files of whoever runs it. */
const CLEAN = { bash: ['--norc', '-c'], zsh: ['-f', '-c'] } as const;

/** Runs a command line in a shell whose output is read through pipes. */
export function throughPipe(bin: string, line: string, scene: Scene): Promise<Outcome> {
  const shell = scene.shell ?? 'bash';
  const options = { cwd: scene.folder, env: environment(bin, scene), maxBuffer: 1 << 26, ...user(scene) };
  return new Promise((resolve) => {
    const child = execFile(shell, [...CLEAN[shell], line], options, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
    child.stdin?.on('error', () => undefined).end(scene.input ?? '');
  });
}

/** Runs what does not end by itself, as it is built, until it has written something: then Ctrl-C ends it. */
export async function untilFirstLine(line: string, cwd: string): Promise<Outcome> {
  const child = spawn(process.execPath, [main, ...line.split(' ').slice(1)], { cwd });
  let [out, err] = ['', ''];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    child.kill('SIGINT');
  });
  const [code] = await once(child, 'close');
  return { code: Number(code), out, err };
}

/** What a terminal showed in the end: status lines are wiped. */
export interface OnScreen {
  readonly code: number;
  /** With colours; lines end in a line feed. */
  readonly raw: string;
  readonly text: string;
}

/** A status line that was wiped. */
const WIPED = new RegExp(`[^\\n]*\\r${String.fromCharCode(27)}\\[K`, 'g');

/** Runs a command line in a shell on a pseudo-terminal of so many columns. */
export function throughTerminal(bin: string, line: string, columns: number, scene: Scene): Promise<OnScreen> {
  const env = { ...environment(bin, scene), SHELL: '/bin/bash' };
  const options = { cwd: scene.folder, env, maxBuffer: 1 << 26, ...user(scene) };
  const input = scene.input === undefined ? '' : ' < .input';
  if (scene.input !== undefined) writeFileSync(join(scene.folder, '.input'), scene.input);
  const whole = `stty cols ${columns} rows 50; ${line}${input}`;
  return new Promise((resolve) => {
    const child = execFile('script', ['-qefc', whole, '/dev/null'], options, (error, out) => {
      const raw = out.replaceAll(/\r+\n/g, '\n').replaceAll(WIPED, '');
      resolve({ code: error === null ? 0 : Number(error.code), raw, text: stripVTControlCharacters(raw) });
    });
    child.stdin?.end();
  });
}
