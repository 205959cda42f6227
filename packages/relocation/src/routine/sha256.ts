import { Assembler, x0, x2, x4, x6, x17, x18, x19, x29, xzr } from '@kexeckit/a64';
import { registers } from './registers.ts';

// FIPS 180-4. The constants are the fractional parts of roots of primes: computed, not copied.
const PRIMES = firstPrimes(64);
/** Initial state: square roots of the first 8 primes. */
export const initialState: readonly number[] = PRIMES.slice(0, 8).map((prime) => fraction(prime, 2n));
/** Round constants: cube roots of the first 64 primes. */
export const roundConstants: readonly number[] = PRIMES.map((prime) => fraction(prime, 3n));

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let candidate = 2; primes.length < count; candidate++)
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  return primes;
}

/** The first 32 bits behind the point of the `power`-th root. */
function fraction(prime: number, power: bigint): number {
  const scaled = BigInt(prime) << (32n * power);
  let low = 0n;
  let high = 1n << 40n;
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle ** power <= scaled) low = middle;
    else high = middle - 1n;
  }
  return Number(low & 0xffff_ffffn);
}

/** Offsets in the page of constants. */
export const K_OFFSET = 0;
export const H_OFFSET = 256;
export const RECORDS_OFFSET = 288;

/** Offsets in the workspace page. */
const STATE = 0;
const SCHEDULE = 64;

const { constants, workspace, message, record, hasSha256, scratch, scratch2 } = registers;

/** Finds out whether the CPU has the instructions: ID_AA64ISAR0_EL1.SHA2, bits 15:12. Loads their constants. */
export function emitDigestSetup(a: Assembler): void {
  a.emit('mrs', hasSha256, 'id_aa64isar0_el1').emit('ubfm', hasSha256, hasSha256, 12, 15);
  a.emit('cbz', hasSha256, 'no-sha256');
  a.emit('add.imm', scratch, constants, K_OFFSET);
  // The 64 round constants stay in v16 to v31.
  for (let first = 16; first < 32; first += 4) a.emit('ld1.x4.post', '4s', first, scratch);
  a.label('no-sha256');
}

/** Subroutine `digest-start`: the state becomes that of an empty message. */
export function emitDigestStart(a: Assembler): void {
  a.label('digest-start');
  a.emit('add.imm', scratch, constants, H_OFFSET);
  a.emit('cbz', hasSha256, 'plain-start');
  a.emit('ld1.x2', '4s', 0, scratch).emit('ret');
  a.label('plain-start');
  for (const offset of [0, 16]) {
    a.emit('ldp', x0, x2, scratch, offset).emit('stp', x0, x2, workspace, STATE + offset);
  }
  a.emit('ret');
}

/** Subroutine `digest`: takes the bytes from `message` to `end` in, a multiple of 64. */
export function emitDigest(a: Assembler, end: number): void {
  a.label('digest').emit('cbz', hasSha256, 'plain-block');
  emitCryptoBlock(a);
  a.emit('subs', xzr, message, end, 0).emit('b.cond', 'cc', 'crypto-block').emit('ret');
  emitPlainBlock(a, end);
}

/** One block with the SHA-256 instructions; the state is v0 and v1. */
function emitCryptoBlock(a: Assembler): void {
  a.label('crypto-block');
  a.emit('ld1.x4.post', '16b', 4, message);
  for (let v = 4; v < 8; v++) a.emit('rev32.16b', v, v);
  a.emit('orr.16b', 2, 0, 0).emit('orr.16b', 3, 1, 1);
  for (let group = 0; group < 16; group++) {
    const word = (ahead: number): number => 4 + ((group + ahead) % 4);
    a.emit('add.v', '4s', 8, word(0), 16 + group);
    if (group < 12) a.emit('sha256su0', word(0), word(1));
    a.emit('orr.16b', 9, 0, 0);
    a.emit('sha256h', 0, 1, 8).emit('sha256h2', 1, 9, 8);
    if (group < 12) a.emit('sha256su1', word(0), word(2), word(3));
  }
  a.emit('add.v', '4s', 0, 0, 2).emit('add.v', '4s', 1, 1, 3);
}

/** Instructions that the digest of so many bytes takes where the CPU has SHA-256 instructions. */
export function digestInstructions(bytes: number): number {
  const block = new Assembler();
  emitCryptoBlock(block);
  // The comparison and branch behind each block.
  return Math.ceil(bytes / 64) * (block.words().length + 2);
}

/** One block with plain instructions: state and message schedule are in the workspace. */
function emitPlainBlock(a: Assembler, end: number): void {
  a.label('plain-block');
  emitSchedule(a);
  emitRounds(a);
  // The message pointer moved on while the block was read.
  a.emit('subs', xzr, message, end, 0).emit('b.cond', 'cc', 'plain-block').emit('ret');
}

/** The 64 words of the message schedule. */
function emitSchedule(a: Assembler): void {
  a.emit('add.imm', x17, workspace, SCHEDULE).emit('add.imm', x18, workspace, SCHEDULE + 64);
  a.label('first-words');
  a.emit('ldr.post.w', scratch, message, 4).emit('rev.w', scratch, scratch).emit('str.post.w', scratch, x17, 4);
  a.emit('subs', xzr, x17, x18, 0).emit('b.cond', 'ne', 'first-words');
  a.emit('add.imm', x18, workspace, SCHEDULE + 256);
  a.label('next-words');
  // σ0 of the word 15 back, σ1 of the word 2 back.
  a.emit('ldur.w', scratch, x17, -60).emit('ldur.w', scratch2, x17, -8);
  emitSigma(a, x19, scratch, [7, 18], 3);
  emitSigma(a, x29, scratch2, [17, 19], 10);
  a.emit('ldur.w', scratch, x17, -64).emit('ldur.w', scratch2, x17, -28);
  a.emit('add.w', x19, x19, x29, 0).emit('add.w', scratch, scratch, scratch2, 0).emit('add.w', x19, x19, scratch, 0);
  a.emit('str.post.w', x19, x17, 4).emit('subs', xzr, x17, x18, 0).emit('b.cond', 'ne', 'next-words');
}

/** to = ror(from, a) ^ ror(from, b) ^ (from >> shift) */
function emitSigma(a: Assembler, to: number, from: number, rotations: readonly [number, number], shift: number): void {
  const [first, second] = rotations;
  a.emit('extr.w', to, from, from, first);
  a.emit('eor.w', to, to, from, second, 'ror').emit('eor.w', to, to, from, shift, 'lsr');
}

/** 64 rounds, eight a turn: after eight the eight variables are in their places again. */
function emitRounds(a: Assembler): void {
  const at = (index: number): number => ((index % 8) + 8) % 8;
  for (const [offset, first] of [x0, x2, x4, x6].entries())
    a.emit('ldp.w', first, first + 1, workspace, STATE + 8 * offset);
  a.emit('add.imm', x17, workspace, SCHEDULE).emit('add.imm', x18, constants, K_OFFSET);
  a.label('rounds');
  for (let round = 0; round < 8; round++) {
    const [va, vb, vc, vd, ve, vf, vg, vh] = Array.from({ length: 8 }, (_, index) => at(index - round));
    emitRound(a, { va, vb, vc, vd, ve, vf, vg, vh });
  }
  a.emit('add.imm', scratch, workspace, SCHEDULE + 256)
    .emit('subs', xzr, x17, scratch, 0)
    .emit('b.cond', 'ne', 'rounds');
  for (const [offset, first] of [x0, x2, x4, x6].entries()) {
    a.emit('ldp.w', scratch, scratch2, workspace, STATE + 8 * offset);
    a.emit('add.w', first, first, scratch, 0).emit('add.w', first + 1, first + 1, scratch2, 0);
    a.emit('stp.w', first, first + 1, workspace, STATE + 8 * offset);
  }
}

/** The variables of a round by their names in FIPS 180-4, 6.2.2. */
interface RoundVariables {
  readonly va: number | undefined;
  readonly vb: number | undefined;
  readonly vc: number | undefined;
  readonly vd: number | undefined;
  readonly ve: number | undefined;
  readonly vf: number | undefined;
  readonly vg: number | undefined;
  readonly vh: number | undefined;
}

function emitRound(a: Assembler, variables: RoundVariables): void {
  const { va = 0, vb = 0, vc = 0, vd = 0, ve = 0, vf = 0, vg = 0, vh = 0 } = variables;
  // h += K + W + Σ1(e) + Ch(e, f, g); d += h; h += Σ0(a) + Maj(a, b, c)
  a.emit('ldr.post.w', scratch, x17, 4).emit('ldr.post.w', scratch2, x18, 4);
  a.emit('add.w', vh, vh, scratch, 0).emit('add.w', vh, vh, scratch2, 0);
  a.emit('extr.w', scratch, ve, ve, 6)
    .emit('eor.w', scratch, scratch, ve, 11, 'ror')
    .emit('eor.w', scratch, scratch, ve, 25, 'ror');
  a.emit('eor.w', scratch2, vf, vg, 0)
    .emit('and.w', scratch2, scratch2, ve, 0)
    .emit('eor.w', scratch2, scratch2, vg, 0);
  a.emit('add.w', vh, vh, scratch, 0).emit('add.w', vh, vh, scratch2, 0).emit('add.w', vd, vd, vh, 0);
  a.emit('extr.w', scratch, va, va, 2)
    .emit('eor.w', scratch, scratch, va, 13, 'ror')
    .emit('eor.w', scratch, scratch, va, 22, 'ror');
  a.emit('orr.w', scratch2, va, vb, 0).emit('and.w', scratch2, scratch2, vc, 0).emit('and.w', x19, va, vb, 0);
  a.emit('orr.w', scratch2, scratch2, x19, 0).emit('add.w', vh, vh, scratch, 0).emit('add.w', vh, vh, scratch2, 0);
}

/** Compares the state with the digest at `offset` of the record, and branches where they differ. */
export function emitCompareDigest(a: Assembler, offset: number, differ: string): void {
  a.emit('cbz', hasSha256, 'state-stored');
  a.emit('add.imm', scratch, workspace, STATE).emit('st1.x2', '4s', 0, scratch);
  a.label('state-stored');
  a.emit('movz', x6, 0, 0);
  for (const part of [0, 16]) {
    a.emit('ldp', x0, x2, workspace, STATE + part).emit('ldp', x4, scratch, record, offset + part);
    a.emit('eor', x0, x0, x4, 0).emit('eor', x2, x2, scratch, 0).emit('orr', x6, x6, x0, 0).emit('orr', x6, x6, x2, 0);
  }
  a.emit('cbnz', x6, differ);
}
