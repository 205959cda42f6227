import { Assembler, type SystemRegister, x0, x1, x2, x3, x20, x21, x22, x23, xzr } from '@kexeckit/a64';
import { Machine } from '@kexeckit/arm64-machine';
import { whyNoQemu } from '@kexeckit/testing';
import { describe, expect, test } from 'vitest';
import { BARE_METAL_BASE, runBareMetal } from '../src/index.ts';

const CODE = BARE_METAL_BASE;
const VECTORS = CODE + 0x1_0000n;
const RESULTS = CODE + 0x2_0000n;
const SIZE = 64;

const RW = 1n << 31n;
const [TGE, E2H, IMO] = [1n << 27n, 1n << 34n, 1n << 4n];
/** Masks, IL, level and stack: flags are UNKNOWN out of reset. */
const STATE = 0x10_03dfn;

type Level = 1 | 2;
type Body = (a: Assembler) => void;

function load(a: Assembler, register: number, value: bigint): void {
  a.emit('movz', register, Number(value & 0xffffn), 0);
  for (const shift of [16, 32, 48]) a.emit('movk', register, Number((value >> BigInt(shift)) & 0xffffn), shift);
}

const set = (a: Assembler, register: SystemRegister, value: bigint): void => {
  load(a, x0, value);
  a.emit('msr', register, x0);
};

/** ERET from a level with this SPSR, to a label behind it. */
function returnWith(a: Assembler, level: Level, spsr: bigint): void {
  set(a, `spsr_el${level}`, spsr);
  a.emit('adr', x0, 'returned').emit('msr', `elr_el${level}`, x0).emit('eret').label('returned');
}

/** What EL1 does under an EL2 with this HCR_EL2. */
const below =
  (hcr: bigint, body: Body): Body =>
  (a) => {
    set(a, 'hcr_el2', hcr);
    a.emit('isb');
    returnWith(a, 2, 0x3c5n);
    body(a);
  };

const currentLevel: Body = (a) => a.emit('mrs', x1, 'currentel');

/** Programs that both machines must end alike: by an exception that is noted, or with x1, x2 and x3 noted. */
const probes: readonly (readonly [name: string, level: Level, body: Body])[] = [
  ['SP_EL0 is read while it is SP', 1, (a) => a.emit('msr.spsel', 0).emit('mrs', x1, 'sp_el0')],
  ['SP_EL0 is written while it is SP', 1, (a) => a.emit('msr.spsel', 0).emit('msr', 'sp_el0', x1)],
  ['SP_EL0 while it is not', 1, (a) => a.emit('msr', 'sp_el0', x1).emit('mrs', x2, 'sp_el0')],
  ['OSLAR_EL1 is read', 1, (a) => a.emit('mrs', x1, 'oslar_el1')],
  ['CNTFRQ_EL0 is written below EL2', 2, below(RW, (a) => a.emit('msr', 'cntfrq_el0', x1))],
  ['CNTFRQ_EL0 is written at EL2', 2, (a) => a.emit('msr', 'cntfrq_el0', x1)],
  ['ERET to EL1 with HCR_EL2.TGE', 2, below(RW | TGE, currentLevel)],
  ['ERET to EL1 without', 2, below(RW, currentLevel)],
  ...(
    [
      ['with SPSR.IL', 0x10_03c5n],
      ['to AArch32', 0x3d3n],
      ['to EL2 from EL1', 0x3c9n],
      ['to EL3', 0x3cdn],
      ['with bit 1 of the mode', 0x3c6n],
      ['to SP_EL0', 0x3c4n],
      ['with other masks', 0x85n],
    ] as const
  ).map(([name, spsr]): readonly [string, Level, Body] => [
    `ERET ${name}`,
    1,
    (a) => {
      returnWith(a, 1, spsr);
      currentLevel(a);
    },
  ]),
  [
    'SVC in an illegal state',
    1,
    (a) => {
      returnWith(a, 1, 0x3d3n);
      a.emit('svc', 3);
    },
  ],
  ...(['hvc', 'smc'] as const).map((call): readonly [string, Level, Body] => [
    `${call} that firmware does not know`,
    call === 'hvc' ? 1 : 2,
    (a) => {
      load(a, x0, 0x1_2345n);
      a.emit(call, 3).emit('orr', x1, xzr, x0, 0);
    },
  ]),
  [
    'SMC from EL1 that firmware does not know',
    2,
    below(RW, (a) => {
      load(a, x0, 0x1_2345n);
      a.emit('smc', 3).emit('orr', x1, xzr, x0, 0);
    }),
  ],
  [
    'MPIDR_EL1 and MIDR_EL1 under EL2',
    2,
    (a) => {
      set(a, 'vmpidr_el2', 0x1234n);
      set(a, 'vpidr_el2', 0x99n);
      below(RW | IMO, (b) => b.emit('mrs', x1, 'mpidr_el1').emit('mrs', x2, 'midr_el1'))(a);
    },
  ],
  [
    "EL1's names at EL2 with E2H",
    2,
    (a) => {
      set(a, 'hcr_el2', RW | E2H | TGE);
      a.emit('isb');
      set(a, 'contextidr_el1', 0x77n);
      a.emit('mrs', x1, 'contextidr_el2').emit('mrs', x2, 'contextidr_el12');
    },
  ],
];

/** Vectors at both levels, then the program; the end of both is the end of the words. */
function program(level: Level, body: Body): { words: Uint32Array; vectors: Uint32Array } {
  const a = new Assembler({ origin: CODE });
  for (const each of level === 2 ? ([2, 1] as const) : ([1] as const)) set(a, `vbar_el${each}`, VECTORS);
  a.emit('isb');
  for (const register of [x1, x2, x3]) a.emit('movz', register, 0);
  body(a);
  load(a, x20, RESULTS);
  load(a, x21, 0xffffn);
  a.emit('stp', x21, x1, x20, 0).emit('stp', x2, x3, x20, 16).emit('dsb', 'sy');
  const end = CODE + BigInt(a.words().byteLength);
  const v = new Assembler({ origin: VECTORS });
  for (let offset = 0; offset < 0x800; offset += 0x80) {
    // Sixteen instructions that note, and the way out.
    const before = v.words().length;
    load(v, x20, RESULTS);
    v.emit('movz', x21, 1 + offset)
      .emit('mrs', x22, 'currentel')
      .emit('tbnz', x22, 3, `at EL2 from ${offset}`);
    v.emit('mrs', x22, 'esr_el1').emit('mrs', x23, 'elr_el1').emit('mrs', x3, 'spsr_el1').emit('b', `tell ${offset}`);
    v.label(`at EL2 from ${offset}`);
    v.emit('mrs', x22, 'esr_el2').emit('mrs', x23, 'elr_el2').emit('mrs', x3, 'spsr_el2');
    v.label(`tell ${offset}`).emit('stp', x21, x22, x20, 32).emit('stp', x23, x3, x20, 48).emit('dsb', 'sy');
    v.emit('b', Number(end - VECTORS) - 4 * v.words().length);
    while (v.words().length < before + 32) v.emit('nop');
  }
  return { words: a.words(), vectors: v.words() };
}

const bytesOf = (words: Uint32Array): Uint8Array => new Uint8Array(words.buffer, words.byteOffset, words.byteLength);

function told(bytes: Uint8Array): Record<string, string> {
  const [ended, first, second, third, vector = 0n, syndrome, back, state = 0n] = new BigUint64Array(
    bytes.slice().buffer,
  );
  const hex = (values: Record<string, bigint | undefined>): Record<string, string> =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value?.toString(16))]));
  return vector === 0n
    ? hex({ ended, first, second, third })
    : hex({ vector: vector - 1n, syndrome, back, state: state & STATE });
}

function here(level: Level, body: Body): Record<string, string> {
  const { words, vectors } = program(level, body);
  const machine = new Machine({ ram: [{ start: 0x4000_0000n, end: 0x43ff_ffffn }], exceptionLevel: level });
  const frame = machine.memory.frame(Number(RESULTS >> 12n));
  frame?.memory.fill(0);
  machine.load(CODE, words);
  machine.load(VECTORS, vectors);
  machine.cpu.pc = CODE;
  machine.cpu.breakAt(CODE + BigInt(words.byteLength));
  expect(machine.run(10_000).reason).toBe('breakpoint');
  return told(frame?.bytes().subarray(0, SIZE) ?? new Uint8Array(SIZE));
}

describe('levels, their registers and calls between them', () => {
  test.for(probes)('%s: as on QEMU', async ([, level, body], { skip }) => {
    const missing = whyNoQemu();
    if (missing !== undefined) skip(missing);
    const { words, vectors } = program(level, body);
    const { results } = await runBareMetal(
      {
        words,
        address: CODE,
        memory: [{ address: VECTORS, bytes: bytesOf(vectors) }],
        results: [{ address: RESULTS, size: SIZE }],
      },
      { exceptionLevel: level },
    );
    expect(here(level, body)).toEqual(told(results[0] ?? new Uint8Array(SIZE)));
  });

  test('some end by an exception, some do not', () => {
    const taken = probes.filter(([, level, body]) => here(level, body).vector !== undefined).length;
    expect([taken, probes.length - taken]).toEqual([11, 10]);
  });
});
