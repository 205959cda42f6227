import { Assembler, x0, x1, x2, x4 } from '@kexeckit/a64';
import { emitCopy, emitSha256, emitSha256Crypto } from '@kexeckit/arm64-machine/programs';
import { BARE_METAL_BASE, type BareMetalProgram } from '@kexeckit/qemu';

/** Bytes that a program works on: what fits any cache, and as many as Debian's kernel and initrd have, 73 MB. */
export const sizes = { little: 0x1_0000n, much: 0x460_0000n } as const;
const MIB = 1n << 20n;
const TIME = BARE_METAL_BASE + MIB;
const SOURCE = BARE_METAL_BASE + 16n * MIB;
const DESTINATION = BARE_METAL_BASE + 128n * MIB;
/** RAM that all of it lies in. */
export const MEMORY: bigint = 256n * MIB;

// Registers that no program changes.
const turnsLeft = 20;
const started = 21;
const ended = 22;

const programs = {
  copy: { emit: emitCopy, unit: 1n },
  'SHA-256': { emit: emitSha256, unit: 64n },
  'SHA-256 by its instructions': { emit: emitSha256Crypto, unit: 64n },
};

/** The programs that can be timed. */
export const names = ['copy', 'SHA-256', 'SHA-256 by its instructions'] as const;

/** One of them, or an error. */
export function nameOf(text: string | undefined): (typeof names)[number] {
  const name = names.find((known) => known === text);
  if (name === undefined) throw new RangeError(`no program ${text}: one of ${names.join(', ')}`);
  return name;
}

/** A program that repeats another, at EL1 with its MMU off. Its result: ticks that it took, and ticks a second. */
export function timedProgram(name: (typeof names)[number], turns: number, bytes: bigint): BareMetalProgram {
  const { emit, unit } = programs[name];
  const a = new Assembler({ origin: BARE_METAL_BASE });
  a.loadConstant(x0, 3n << 20n)
    .emit('msr', 'cpacr_el1', x0)
    .emit('isb');
  a.loadConstant(turnsLeft, BigInt(turns)).emit('mrs', started, 'cntvct_el0').label('turn');
  a.loadConstant(x0, DESTINATION)
    .loadConstant(x1, SOURCE)
    .loadConstant(x2, bytes / unit)
    .loadConstant(x4, DESTINATION + 256n);
  emit(a, 'program');
  a.emit('subs.imm', turnsLeft, turnsLeft, 1).emit('b.cond', 'ne', 'turn').emit('mrs', ended, 'cntvct_el0');
  a.emit('sub', x0, ended, started).emit('mrs', x1, 'cntfrq_el0').loadConstant(x2, TIME);
  a.emit('stp', x0, x1, x2, 0).emit('b', 'end').pool().label('end').emit('nop');
  return { words: a.words(), address: BARE_METAL_BASE, results: [{ address: TIME, size: 16 }] };
}
