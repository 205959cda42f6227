import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'vitest';
import type { CommandOf } from '../src/commands/lab/qemu/boot-process.ts';
import { main, start } from './kexeckit.ts';
import { type End, endOf } from './processes.ts';
import { assertPublished } from './published.ts';

/** A lab that is served, for as long as it is used; then Ctrl-C ends it. */
export async function withLab(
  use: (address: URL) => Promise<void>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const { address, end } = await startLab(env);
  try {
    await use(address);
  } finally {
    const { code, err } = await end('SIGINT');
    expect([code, err]).toEqual([130, '']);
  }
}

/** A lab that is served until it gets a signal. */
export async function startLab(
  env: NodeJS.ProcessEnv,
  more: readonly string[] = [],
): Promise<{ address: URL; end: (signal: NodeJS.Signals) => Promise<End> }> {
  const child = start(['lab', '--json', ...more], { ...env, NO_COLOR: '1' });
  const [first] = await once(child.stdout?.setEncoding('utf8') ?? child, 'data');
  assertPublished(['lab', '--json'], String(first), 0);
  return {
    address: new URL(JSON.parse(String(first)).address),
    end: (signal) => endOf(child, Promise.resolve(), () => child.kill(signal)),
  };
}

/** The command line that starts the command as it is installed in a part. */
export const inPart: CommandOf = (part, ...args) => [process.execPath, main, part, ...args];

/** What is wished for where a test does not care. */
export const wishes = {
  strategy: 'mmu-on',
  exceptionLevel: 1,
  vhe: false,
  softRestart: false,
  seed: 1,
  memoryMib: 512,
  cpus: 1,
  cmdline: 'console=ttyAMA0',
  verify: true,
  breadcrumbs: true,
  until: 'jump',
  keep: false,
};

/** The body that asks for a machine: the length of the head, the head, and the files. */
export function bodyOf(files: Readonly<Record<string, Uint8Array>>, asked: object = wishes): Buffer<ArrayBuffer> {
  const sizes = Object.fromEntries(Object.entries(files).map(([name, { length }]) => [name, length]));
  return framed(JSON.stringify({ wishes: asked, files: sizes }), Object.values(files));
}

/** The same with any head. */
export function framed(head: string, files: readonly Uint8Array[] = []): Buffer<ArrayBuffer> {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(head));
  return Buffer.concat([length, Buffer.from(head), ...files]);
}

/** What the page sends along with what changes something. */
export const own = (lab: URL): Record<string, string> => ({
  origin: lab.origin,
  'content-type': 'application/octet-stream',
});

/** Asks for a machine. */
export const ask = (lab: URL, body: Uint8Array<ArrayBuffer>): Promise<Response> =>
  fetch(new URL('host/qemu/runs', lab), { method: 'POST', headers: own(lab), body });

/** Starts one. @returns where it is. */
export async function startRun(lab: URL, body: Uint8Array<ArrayBuffer>): Promise<URL> {
  const response = await ask(lab, body);
  expect(response.status, await response.clone().text()).toBe(201);
  return new URL(`host/qemu/runs/${(await response.json()).id}`, lab);
}

/** One event of a machine. */
export interface Told {
  readonly id: number;
  readonly type: string;
  // What an event has depends on its type; a test says what it expects.
  readonly data: Readonly<Record<string, unknown>>;
}

/** Reads what is told of a machine, to its end or until it is enough. */
export async function told(
  run: URL,
  isEnough: (all: readonly Told[]) => boolean = () => false,
  after = 0,
): Promise<Told[]> {
  const leave = new AbortController();
  const response = await fetch(new URL(`${run}/events`), {
    headers: { 'last-event-id': String(after) },
    signal: leave.signal,
  });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const all: Told[] = [];
  let rest = '';
  for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (rest + piece).split('\n\n');
    rest = blocks.pop() ?? '';
    all.push(...blocks.map(readEvent));
    if (isEnough(all)) break;
  }
  leave.abort();
  return all;
}

function readEvent(block: string): Told {
  const fields = new Map(
    block.split('\n').map((line): [string, string] => {
      const at = line.indexOf(': ');
      return [line.slice(0, at), line.slice(at + 2)];
    }),
  );
  return {
    id: Number(fields.get('id')),
    type: fields.get('event') ?? '',
    data: JSON.parse(fields.get('data') ?? 'null'),
  };
}

/** Everything that the console showed. */
export const consoleOf = (all: readonly Told[]): string =>
  all.flatMap(({ type, data }) => (type === 'console' ? [String(data.text)] : [])).join('');

/** What is answered to bytes that a client sends, until the server has closed; after `patience` milliseconds, what there is. */
export function sent(to: URL, bytes: string, patience = 15_000): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(to.port), to.hostname, () => socket.write(bytes));
    const timer = setTimeout(() => socket.destroy(), patience);
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    socket.once('error', reject);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(answer);
    });
  });
}

/** The status of an answer. */
export const status = (answer: string): string | undefined => /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1];
