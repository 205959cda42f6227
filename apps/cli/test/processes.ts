import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertPublished } from './published.ts';

/** Milliseconds in which everything has to be gone. */
const PATIENCE = 5000;

/** An environment by which the processes that are started in it, and their files, can be found. */
export class Trace {
  readonly env: NodeJS.ProcessEnv;
  readonly #mark = `KEXECKIT_TEST=${randomUUID()}`;
  readonly #folder: string;

  constructor(parent: string) {
    this.#folder = mkdtempSync(join(parent, 'trace-'));
    const [name = '', value = ''] = this.#mark.split('=');
    // Newer Nodes keep compiled code in TMPDIR for npm.
    const quiet = { NO_COLOR: '1', NODE_DISABLE_COMPILE_CACHE: '1' };
    this.env = { ...process.env, ...quiet, TMPDIR: this.#folder, [name]: value };
  }

  /** What is left after a while that should be long enough: processes by their command, and files. */
  async left(): Promise<string[]> {
    const deadline = performance.now() + PATIENCE;
    let found = this.#look();
    while (found.length > 0 && performance.now() < deadline) {
      await sleep(50);
      found = this.#look();
    }
    return found;
  }

  /** Resolves when a process runs whose command has this in it. */
  async runs(command: string): Promise<void> {
    while (!this.#look().some((found) => found.includes(command))) await sleep(20);
  }

  #look(): string[] {
    const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && this.#isOurs(name));
    return [...processes.map((pid) => read(pid, 'cmdline').replaceAll('\0', ' ')), ...readdirSync(this.#folder)];
  }

  #isOurs(pid: string): boolean {
    return read(pid, 'environ').split('\0').includes(this.#mark);
  }
}

/** A file of a process; empty where it is gone by now, or not ours to read. */
function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

/** How a process ended. */
export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
  /** Seconds from what was done to it to its end; undefined where it ended before. */
  readonly seconds: number | undefined;
}

/**
 * Follows a process to its end.
 *
 * @param act what is done to it, when `when` says so.
 */
export async function endOf(child: ChildProcess, when: Promise<unknown>, act: () => void): Promise<End> {
  let [out, err] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  let acted: number | undefined;
  void when.then(() => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    acted = performance.now();
    act();
  });
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.once('exit', (...how) => resolve(how)),
  );
  const ended = performance.now();
  child.stdout?.destroy();
  child.stderr?.destroy();
  assertPublished(child.spawnargs.slice(2), out, code);
  return { code, signal, out, err, seconds: acted === undefined ? undefined : (ended - acted) / 1000 };
}

/** Resolves when a process catches SIGHUP: Node by itself does not, so our code runs by then. (Or when it is gone.) */
export async function listens({ pid, exitCode }: ChildProcess): Promise<void> {
  if (pid === undefined || exitCode !== null) return;
  for (let isDeaf = true; isDeaf; await sleep(20)) {
    const [, caught] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(read(String(pid), 'status')) ?? [];
    isDeaf = caught !== undefined && (BigInt(`0x${caught}`) & 1n) === 0n;
  }
}

/** Resolves when either output of a process has this in it. */
export function says(child: ChildProcess, mark: RegExp): Promise<void> {
  return new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      let text = '';
      stream?.on('data', (piece: string | Uint8Array) => {
        text += piece.toString();
        if (mark.test(text)) resolve();
      });
    }
  });
}
