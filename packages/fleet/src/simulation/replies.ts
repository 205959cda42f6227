import type { TroubleCode } from '@kexeckit/rollout';
import { bitsOf } from './seed.ts';

/** What a program of a host ended with. */
export interface Reply {
  /** Undefined where a signal ended it. */
  readonly code: number | undefined;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

const NOTHING = new Uint8Array(0);

export const bytesReply = (stdout: Uint8Array, code = 0): Reply => ({ code, stdout, stderr: '' });
export const textReply = (text: string, code = 0): Reply => bytesReply(Buffer.from(text), code);
export const jsonReply = (value: unknown, code = 0): Reply => textReply(`${JSON.stringify(value)}\n`, code);
export const failedReply = (stderr: string, code = 1): Reply => ({ code, stdout: NOTHING, stderr: `${stderr}\n` });

/** What the host's side prints in the place of a result. */
export const errorReply = (code: TroubleCode, message: string): Reply =>
  jsonReply({ error: { kind: 'failed', code, message, hint: 'look at the host', phase: null } }, 1);

const GARBAGE_MOST = 2000;

/** Bytes that make no sense, of 512 to about 2500. */
export function garbageReply(seed: number, host: string): Reply {
  const bytes = new Uint8Array(512 + (bitsOf(seed, host, 'length') % GARBAGE_MOST));
  for (let at = 0; at < bytes.length; at++) bytes[at] = bitsOf(seed, host, at) & 0xff;
  return bytesReply(bytes);
}

/** What would clear a terminal, name its window, and turn a line around. */
export const ESCAPES = '\u001b[2J\u001b[H\u001b]0;gone\u0007\u202e\u001b[31m';

/** What `kexeckit timeline --last --json` says, in the form of the host's side. */
export function timelineReply(seconds: Readonly<Record<string, number>>): Reply {
  const phases = Object.entries(seconds).map(([phase, value]) => ({ basis: 'measured', phase, seconds: value }));
  return jsonReply({ kind: 'last', report: { passage: { came: 'kexec', phases } } });
}

/** The least that is a tar: a file, and the two blocks of zeros that end it. */
export function smallTar(name: string, text: string): Uint8Array {
  const content = Buffer.from(text);
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        0', 148);
  header.write('ustar\u000000', 257);
  const sum = header.reduce((before, byte) => before + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, content, padding, Buffer.alloc(1024)]);
}
