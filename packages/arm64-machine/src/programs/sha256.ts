import { type Assembler, x0, x1, x2, x3, x4, x5, x6, x7, x16, x17 } from '@kexeckit/a64';

/** SHA-256's constants, 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2). */
const constants: readonly number[] = fractions(64, Math.cbrt);
/** Its initial state, of the square roots of the first eight (5.3.3). */
export const initialState: readonly number[] = fractions(8, Math.sqrt);

function fractions(count: number, root: (value: number) => number): number[] {
  const primes: number[] = [];
  for (let candidate = 2; primes.length < count; candidate++) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  }
  return primes.map((prime) => Math.floor((root(prime) % 1) * 2 ** 32));
}

/** a to h. */
const state = [8, 9, 10, 11, 12, 13, 14, 15] as const;

/**
 * SHA-256's compression in plain A64. In: x0 state (8 words), x1 message, x2 blocks (at least 1), x4 room for 256 bytes.
 * Changes x1 to x17; falls out at the end. Labels begin with `prefix`.
 */
export function emitSha256(a: Assembler, prefix: string): void {
  a.emit('b', `${prefix} start`);
  emitConstants(a, prefix);
  a.label(`${prefix} start`).emit('adr', x3, `${prefix} constants`);
  a.label(`${prefix} block`);
  emitSchedule(a, prefix);
  for (const [at, register] of state.entries()) a.emit('ldr.w', register, x0, 4 * at);
  a.emit('movz', x7, 8);
  a.label(`${prefix} rounds`);
  for (let round = 0; round < 8; round++) emitRound(a, round);
  a.emit('add.imm', x3, x3, 32).emit('add.imm', x4, x4, 32);
  a.emit('subs.imm', x7, x7, 1).emit('b.cond', 'ne', `${prefix} rounds`);
  a.emit('sub.imm', x3, x3, 256).emit('sub.imm', x4, x4, 256);
  for (const [at, register] of state.entries()) {
    a.emit('ldr.w', x16, x0, 4 * at)
      .emit('add.w', x16, x16, register)
      .emit('str.w', x16, x0, 4 * at);
  }
  a.emit('subs.imm', x2, x2, 1).emit('b.cond', 'ne', `${prefix} block`);
}

function emitConstants(a: Assembler, prefix: string): void {
  a.align(16).label(`${prefix} constants`);
  for (const [at, constant] of constants.entries()) a.word(`${prefix} constant ${at}`, constant);
}

/** The 64 words of the schedule, to x4, which stays. */
function emitSchedule(a: Assembler, prefix: string): void {
  a.emit('movz', x7, 8).emit('add.imm', x5, x4, 0);
  a.label(`${prefix} load`);
  a.emit('ldp.post.w', x16, x17, x1, 8).emit('rev.w', x16, x16).emit('rev.w', x17, x17);
  a.emit('stp.post.w', x16, x17, x5, 8).emit('subs.imm', x7, x7, 1).emit('b.cond', 'ne', `${prefix} load`);
  a.emit('movz', x7, 48);
  a.label(`${prefix} extend`);
  a.emit('ldur.w', x16, x5, -60).emit('ldur.w', x17, x5, -8);
  a.emit('extr.w', x6, x16, x16, 7).emit('eor.w', x6, x6, x16, 18, 'ror').emit('eor.w', x6, x6, x16, 3, 'lsr');
  a.emit('extr.w', x16, x17, x17, 17).emit('eor.w', x16, x16, x17, 19, 'ror').emit('eor.w', x16, x16, x17, 10, 'lsr');
  a.emit('add.w', x6, x6, x16);
  a.emit('ldur.w', x16, x5, -64).emit('ldur.w', x17, x5, -28);
  a.emit('add.w', x6, x6, x16).emit('add.w', x6, x6, x17).emit('str.post.w', x6, x5, 4);
  a.emit('subs.imm', x7, x7, 1).emit('b.cond', 'ne', `${prefix} extend`);
}

/** One of eight rounds: afterwards each register has the next one's part. */
function emitRound(asm: Assembler, round: number): void {
  const at = (part: number): number => state[(part - round + 8) % 8] ?? 0;
  const [a, b, c, d, e, f, g, h] = [at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)];
  asm.emit('ldr.w', x16, x4, 4 * round).emit('ldr.w', x17, x3, 4 * round);
  asm.emit('add.w', h, h, x16).emit('add.w', h, h, x17);
  asm.emit('extr.w', x16, e, e, 6).emit('eor.w', x16, x16, e, 11, 'ror').emit('eor.w', x16, x16, e, 25, 'ror');
  asm.emit('and.w', x17, e, f).emit('bic.w', x6, g, e).emit('orr.w', x17, x17, x6);
  asm.emit('add.w', h, h, x16).emit('add.w', h, h, x17).emit('add.w', d, d, h);
  asm.emit('extr.w', x16, a, a, 2).emit('eor.w', x16, x16, a, 13, 'ror').emit('eor.w', x16, x16, a, 22, 'ror');
  asm.emit('and.w', x17, a, b).emit('eor.w', x6, a, b).emit('and.w', x6, x6, c).emit('eor.w', x17, x17, x6);
  asm.emit('add.w', h, h, x16).emit('add.w', h, h, x17);
}

/**
 * The same by the SHA-256 instructions. In: x0 state, x1 message, x2 blocks. Changes x1 to x3 and v0 to v7, v16 to v19.
 */
export function emitSha256Crypto(a: Assembler, prefix: string): void {
  a.emit('b', `${prefix} start`);
  emitConstants(a, prefix);
  a.label(`${prefix} start`).emit('ldp.q', 0, 1, x0, 0);
  a.label(`${prefix} block`).emit('adr', x3, `${prefix} constants`);
  a.emit('orr.16b', 18, 0, 0).emit('orr.16b', 19, 1, 1).emit('ld1.x4.post', '16b', 4, x1);
  for (let message = 4; message < 8; message++) a.emit('rev32.16b', message, message);
  for (let group = 0; group < 16; group++) {
    const [now, next, third, fourth] = [0, 1, 2, 3].map((ahead) => 4 + ((group + ahead) % 4));
    a.emit('ld1.x1.post', '4s', 16, x3)
      .emit('add.v', '4s', 16, 16, now ?? 0)
      .emit('orr.16b', 17, 0, 0);
    a.emit('sha256h', 0, 1, 16).emit('sha256h2', 1, 17, 16);
    if (group < 12) a.emit('sha256su0', now ?? 0, next ?? 0).emit('sha256su1', now ?? 0, third ?? 0, fourth ?? 0);
  }
  a.emit('add.v', '4s', 0, 0, 18).emit('add.v', '4s', 1, 1, 19);
  a.emit('subs.imm', x2, x2, 1).emit('b.cond', 'ne', `${prefix} block`);
  a.emit('stp.q', 0, 1, x0, 0);
}
