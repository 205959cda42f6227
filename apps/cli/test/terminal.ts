import { execFile, execFileSync } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { expect } from 'vitest';
import { quoted } from '../src/quoted.ts';
import { main } from './kexeckit.ts';

/** Why nothing can be run on a pseudo-terminal here; `undefined` where it can. */
export function whyNoTerminal(): string | undefined {
  try {
    for (const tool of ['script', 'stty']) execFileSync(tool, ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'script and stty are not installed: apt-get install bsdutils coreutils';
  }
}

/** Widths of terminals that output is looked at on: one that is narrow, one that is wide. The examples of each command see more. */
export const WIDTHS = [60, 120] as const;

/** What a terminal showed. */
export interface Shown {
  readonly code: number;
  /** With colours; lines end in a line feed. */
  readonly raw: string;
  /** Without. */
  readonly text: string;
}

/** Runs the real command line tool on a pseudo-terminal of so many columns, which shows Unicode and colours. */
export function onTerminal(columns: number, ...args: string[]): Promise<Shown> {
  const command = [process.execPath, main, ...args].map(quoted).join(' ');
  const { NO_COLOR: _, ...others } = process.env;
  const env = { ...others, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' };
  return new Promise((resolve) => {
    const line = `stty cols ${columns} rows 50; ${command}`;
    const child = execFile('script', ['-qefc', line, '/dev/null'], { env, maxBuffer: 1 << 26 }, (error, out) => {
      const raw = out.replaceAll('\r\n', '\n');
      resolve({ code: error === null ? 0 : Number(error.code), raw, text: stripVTControlCharacters(raw) });
    });
    child.stdin?.end();
  });
}

/** No line is wider than the terminal. @param except lines that have to stay in one piece. */
export function expectFits(text: string, columns: number, except: readonly string[] = []): void {
  const wide = text.split('\n').filter((line) => stringWidth(line) > columns && !except.includes(line));
  expect(wide).toEqual([]);
}
