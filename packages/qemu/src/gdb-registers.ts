import { QemuError } from './error.ts';
import { said } from './said.ts';

/** The general-purpose registers and the program counter. */
export interface GdbRegisters {
  readonly x: readonly bigint[];
  readonly pc: bigint;
}

/** A register that the stub lists. */
export interface ListedRegister {
  readonly number: number;
  /** Undefined where the stub does not tell. */
  readonly bytes: number | undefined;
}

/** Offsets in the reply to `g` of an AArch64 stub: x0 to x30, sp, pc, 8 bytes each. */
const PC = 32;
const HEX_PER_REGISTER = 16;

/** The longest register that there is: 2048 bits of SVE. */
const REGISTER_MAX = 256;
/** More than any CPU has. */
const NUMBER_MAX = 0xffff;

/** The reply to `g`; undefined where it is none. CPSR may come behind the program counter. */
export function registersIn(reply: string): GdbRegisters | undefined {
  const most = (PC + 2) * HEX_PER_REGISTER;
  if (!isBytes(reply) || reply.length < most - HEX_PER_REGISTER || reply.length > most) return undefined;
  const at = (index: number): bigint =>
    littleEndian(reply.slice(index * HEX_PER_REGISTER, (index + 1) * HEX_PER_REGISTER));
  return { x: Array.from({ length: 31 }, (_, index) => at(index)), pc: at(PC) };
}

/** The reply to `p`; undefined where it is none, or has not as many bytes as the register. */
export function registerIn(reply: string, { bytes }: ListedRegister): bigint | undefined {
  const fits = bytes === undefined ? reply.length <= 2 * REGISTER_MAX : reply.length === 2 * bytes;
  return fits && isBytes(reply) ? littleEndian(reply) : undefined;
}

/** Two hexadecimal digits for each byte. */
export const isBytes = (reply: string): boolean => reply.length % 2 === 0 && /^[0-9a-f]+$/i.test(reply);

function littleEndian(hex: string): bigint {
  const bytes = hex.match(/../g) ?? [];
  return BigInt(`0x${bytes.toReversed().join('')}`);
}

/** The files that a target's description consists of (GDB, "Target Descriptions"). @throws QemuError `EPROTO` */
export function filesIn(target: string): string[] {
  return [...target.matchAll(/<xi:include href="([^"<]*)"/g)].map(([, file = '']) => {
    if (!/^[\w.-]+$/.test(file)) throw unlisted(`a file ${said(file)}`);
    return file;
  });
}

/** Adds the registers of one file, by their names in lower case; returns the number behind them. @throws QemuError `EPROTO` */
export function listRegisters(features: string, first: number, into: Map<string, ListedRegister>): number {
  let next = first;
  for (const [, attributes = ''] of features.matchAll(/<reg ([^<>]*)>/g)) {
    const name = /\bname="([^"]+)"/.exec(attributes)?.[1];
    // A register without a number follows the one before it.
    const number = Number(/\bregnum="(\d+)"/.exec(attributes)?.[1] ?? next);
    const bits = Number(/\bbitsize="(\d+)"/.exec(attributes)?.[1] ?? Number.NaN);
    if (!(number <= NUMBER_MAX)) throw unlisted(`a register ${number}`);
    if (name !== undefined) into.set(name.toLowerCase(), { number, bytes: bits > 0 ? Math.ceil(bits / 8) : undefined });
    next = number + 1;
  }
  return next;
}

const unlisted = (what: string): QemuError =>
  new QemuError('EPROTO', `QEMU's gdb stub describes its registers with ${what}`, 'use another version of QEMU');
