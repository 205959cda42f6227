import { Assembler, type Condition, xzr } from '@kexeckit/a64';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Cpu, PhysicalMemory } from '../index.ts';

const CODE = 0x4000_0000n;
const DATA = 0x4001_0000n;
/** CPACR_EL1: SIMD traps nowhere. */
const FPEN = 3n << 20n;
/** Registers that programs compute with; x9 and x10 are bases into the data. */
const register = fc.constantFrom(0, 1, 2, 3, xzr);
const base = fc.constantFrom(9, 10);
const small = fc.integer({ min: 0, max: 4095 });
const near = fc.integer({ min: -16, max: 15 });
const value = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(0n, 1n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 32n),
);

type Emit = (a: Assembler) => void;

const three = (
  id: 'add' | 'sub' | 'subs' | 'and' | 'orr' | 'eor' | 'add.w' | 'and.w' | 'orr.w' | 'eor.w',
): fc.Arbitrary<Emit> =>
  fc.tuple(register, register, register).map(
    ([d, n, m]) =>
      (a) =>
        a.emit(id, d, n, m),
  );

const pairs = (id: 'ldp' | 'stp' | 'ldp.post' | 'stp.post'): fc.Arbitrary<Emit> =>
  fc.tuple(base, near).map(
    ([n, i]) =>
      (a) =>
        a.emit(id, 0, 1, n, i * 8),
  );

const singles = (
  id: 'ldr.post' | 'str.post' | 'ldur' | 'stur' | 'ldr.post.w' | 'str.post.w' | 'ldur.w' | 'stur.w',
): fc.Arbitrary<Emit> =>
  fc.tuple(register, base, near).map(
    ([t, n, i]) =>
      (a) =>
        a.emit(id, t, n, i * 4),
  );

const condition = fc.constantFrom<Condition>(
  'eq',
  'ne',
  'cs',
  'cc',
  'mi',
  'pl',
  'vs',
  'vc',
  'hi',
  'ls',
  'ge',
  'lt',
  'gt',
  'le',
  'al',
);

/** Every form that the interpreter executes itself. */
const instruction: fc.Arbitrary<Emit> = fc.oneof(
  ...(['add', 'sub', 'subs', 'and', 'orr', 'eor', 'add.w', 'and.w', 'orr.w', 'eor.w'] as const).map(three),
  ...(['ldp', 'stp', 'ldp.post', 'stp.post'] as const).map(pairs),
  ...(['ldr.post', 'str.post', 'ldur', 'stur', 'ldr.post.w', 'str.post.w', 'ldur.w', 'stur.w'] as const).map(singles),
  fc.tuple(register, register, small).map(
    ([d, n, i]): Emit =>
      (a) =>
        a.emit('subs.imm', d, n === xzr ? 0 : n, i),
  ),
  fc.tuple(fc.constantFrom(0, 1, 2), fc.constantFrom(0, 1, 2), small).map(
    ([d, n, i]): Emit =>
      (a) =>
        a.emit('add.imm', d, n, i),
  ),
  fc.tuple(fc.constantFrom(0, 1, 2), fc.constantFrom(0, 1, 2), small).map(
    ([d, n, i]): Emit =>
      (a) =>
        a.emit('sub.imm', d, n, i),
  ),
  fc.tuple(fc.constantFrom(0, 1, 2), fc.constantFrom(0, 1, 2), small).map(
    ([d, n, i]): Emit =>
      (a) =>
        a.emit('add.imm.w', d, n, i),
  ),
  fc.tuple(fc.constantFrom(0, 1, 2), register).map(
    ([d, n]): Emit =>
      (a) =>
        a.emit('and.imm', d, n, 0xffff_ffff_ffff_f000n),
  ),
  fc.tuple(register, register, register, fc.integer({ min: 0, max: 31 })).map(
    ([d, n, m, s]): Emit =>
      (a) =>
        a.emit('eor.w', d, n, m, s, 'ror'),
  ),
  fc.tuple(register, register, register, fc.integer({ min: 0, max: 31 })).map(
    ([d, n, m, s]): Emit =>
      (a) =>
        a.emit('eor.w', d, n, m, s, 'lsr'),
  ),
  fc.tuple(register, register, register, fc.integer({ min: 0, max: 31 })).map(
    ([d, n, m, s]): Emit =>
      (a) =>
        a.emit('extr.w', d, n, m, s),
  ),
  fc.tuple(register, fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 16, 32, 48)).map(
    ([d, i, s]): Emit =>
      (a) =>
        a.emit('movz', d, i, s),
  ),
  // Over the next instruction, so that every program ends.
  fc.constant<Emit>((a) => a.emit('b', 8)),
  condition.map(
    (c): Emit =>
      (a) =>
        a.emit('b.cond', c, 8),
  ),
  register.map(
    (t): Emit =>
      (a) =>
        a.emit('cbz', t, 8),
  ),
  register.map(
    (t): Emit =>
      (a) =>
        a.emit('cbnz', t, 8),
  ),
  fc.tuple(fc.constantFrom('tbz', 'tbnz'), register, fc.nat({ max: 63 })).map(
    ([id, t, bit]): Emit =>
      (a) =>
        a.emit(id, t, bit, 8),
  ),
);

const vectorRegister = fc.constantFrom(0, 1, 2, 3);

/** The forms that work on SIMD registers. */
const vectorInstruction: fc.Arbitrary<Emit> = fc.oneof(
  ...(['sha256h', 'sha256h2', 'sha256su1'] as const).map((id) =>
    fc.tuple(vectorRegister, vectorRegister, vectorRegister).map(
      ([d, n, m]): Emit =>
        (a) =>
          a.emit(id, d, n, m),
    ),
  ),
  // The pair as digests have it, and other registers than those that the first half has read.
  fc.tuple(vectorRegister, vectorRegister, vectorRegister, vectorRegister, fc.boolean()).map(
    ([abcd, efgh, copy, words, same]): Emit =>
      (a) =>
        a
          .emit('orr.16b', copy, abcd, abcd)
          .emit('sha256h', abcd, efgh, words)
          .emit('sha256h2', efgh, copy, same ? words : (words + 1) % 4),
  ),
  ...(['sha256su0', 'rev32.16b'] as const).map((id) =>
    fc.tuple(vectorRegister, vectorRegister).map(
      ([d, n]): Emit =>
        (a) =>
          a.emit(id, d, n),
    ),
  ),
  fc.tuple(vectorRegister, vectorRegister, vectorRegister).map(
    ([d, n, m]): Emit =>
      (a) =>
        a.emit('add.v', '4s', d, n, m).emit('orr.16b', m, n, n),
  ),
  fc.tuple(vectorRegister, base, fc.nat({ max: 15 }), near).map(
    ([t, n, i, j]): Emit =>
      (a) =>
        a
          .emit('ldr.q', t, n, i * 16)
          .emit('ldr.q.post', t, n, j * 8)
          .emit('ld1.x1.post', '4s', t, n),
  ),
);

/** Runs a program and tells everything that it left. */
function run(program: readonly Emit[], start: readonly bigint[], hot: boolean, strict: boolean): unknown {
  const a = new Assembler();
  for (const emit of program) emit(a);
  a.emit('nop').emit('nop');
  const memory = new PhysicalMemory([{ start: CODE, end: CODE + 0xf_ffffn }]);
  const words = a.words();
  memory.frame(Number(CODE >> 12n))?.memory.set(words);
  const cpu = new Cpu(memory, 1, { hot, strict });
  cpu.system.write('cpacr_el1', FPEN);
  cpu.contextSynchronized();
  start.forEach((each, at) => {
    cpu.registers.set(at, each);
    cpu.vectors.set(at, (each << 64n) | BigInt.asUintN(64, each * 0x9e37_79b9_7f4a_7c15n));
  });
  cpu.registers.set(9, DATA + 0x800n);
  cpu.registers.set(10, DATA + 0x1000n);
  // The first time each instruction is decoded and executed by its op: what is meant comes after.
  const stops = [0, 1, 2].map(() => {
    cpu.pc = CODE;
    try {
      return cpu.run(program.length);
    } catch (error) {
      return error instanceof Error ? error.message : error;
    }
  });
  return {
    stops,
    pc: cpu.pc,
    flags: cpu.flags,
    low: [...cpu.registers.low.subarray(0, 33)],
    high: [...cpu.registers.high.subarray(0, 33)],
    vectors: [...cpu.vectors.words.subarray(0, 16)],
    counters: { ...cpu.counters },
    data: [0, 1].map((page) => [...(memory.frame(Number(DATA >> 12n) + page)?.memory ?? [])]),
  };
}

test('what is executed without a call does what the ops do', () => {
  const programs = fc.array(fc.oneof({ weight: 3, arbitrary: instruction }, vectorInstruction), {
    minLength: 1,
    maxLength: 40,
  });
  fc.assert(
    fc.property(programs, fc.array(value, { minLength: 4, maxLength: 4 }), fc.boolean(), (program, start, strict) => {
      expect(run(program, start, true, strict)).toEqual(run(program, start, false, strict));
    }),
    { numRuns: 2000, seed: 5 },
  );
});
