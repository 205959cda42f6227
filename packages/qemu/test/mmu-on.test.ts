import { Assembler, type SystemOperation, x0, x1, x2, x3, x4, x5, x6, x7 } from '@kexeckit/a64';
import {
  type Attributes,
  buildTables,
  countTables,
  type Granule,
  type Mapping,
  pageInSpace,
  parOf,
  type Space,
  shapeOf,
  TableArena,
  translationRegisters,
  walk,
} from '@kexeckit/arm64-pgtable';
import { whyNoQemu } from '@kexeckit/testing';
import { expect, test } from 'vitest';
import { BARE_METAL_BASE, runBareMetal } from '../src/index.ts';
import { MMU_ON } from './at-program.ts';
import { Random } from './random.ts';

const code: Attributes = { type: 'Normal', writable: false, executable: true };
const data: Attributes = { type: 'Normal', writable: true, executable: false };

const MIB = 1n << 20n;
const program = BARE_METAL_BASE;
const asked = BARE_METAL_BASE + MIB;
const answers = BARE_METAL_BASE + 2n * MIB;
const seenThrough = BARE_METAL_BASE + 3n * MIB;
const tables = BARE_METAL_BASE + 4n * MIB;
/** Where the program sees `seenThrough` once its tables are on. */
const alias = 0x12_3450_0000n;
const MARK = 0x6b65_7865_636b_6974n;

/** SCTLR and TCR of a level under the names that MSR takes. */
const levels = {
  1: { sctlr: 'sctlr_el1', tcr: 'tcr_el1', mair: 'mair_el1', ttbr: 'ttbr0_el1', flush: 'tlbi vmalle1' },
  2: { sctlr: 'sctlr_el2', tcr: 'tcr_el2', mair: 'mair_el2', ttbr: 'ttbr0_el2', flush: 'tlbi alle2' },
} as const;

/** Turns translation on, reads through the alias, asks about each address for reading and writing, and turns it off. */
function programFor(level: 1 | 2, values: ReturnType<typeof translationRegisters>, count: number): Uint32Array {
  const { sctlr, tcr, mair, ttbr, flush } = levels[level];
  const [forRead, forWrite]: readonly [SystemOperation, SystemOperation] =
    level === 1 ? ['at s1e1r', 'at s1e1w'] : ['at s1e2r', 'at s1e2w'];
  return new Assembler()
    .emit('ldr.literal', x0, 'tcr')
    .emit('msr', tcr, x0)
    .emit('ldr.literal', x0, 'mair')
    .emit('msr', mair, x0)
    .emit('ldr.literal', x0, 'ttbr')
    .emit('msr', ttbr, x0)
    .emit('isb')
    .emit('sys.bare', flush)
    .emit('dsb', 'nsh')
    .emit('mrs', x7, sctlr)
    .emit('ldr.literal', x0, 'on')
    .emit('msr', sctlr, x0)
    .emit('isb')
    .emit('ldr.literal', x1, 'answers')
    .emit('ldr.literal', x2, 'asked')
    .emit('movz', x3, count, 0)
    .emit('ldr.literal', x6, 'alias')
    .emit('ldr', x5, x6, 0)
    .emit('str.post', x5, x1, 8)
    .label('address')
    .emit('ldr.post', x4, x2, 8)
    .emit('sys', forRead, x4)
    .emit('isb')
    .emit('mrs', x5, 'par_el1')
    .emit('str.post', x5, x1, 8)
    .emit('sys', forWrite, x4)
    .emit('isb')
    .emit('mrs', x5, 'par_el1')
    .emit('str.post', x5, x1, 8)
    .emit('sub.imm', x3, x3, 1)
    .emit('cbnz', x3, 'address')
    .emit('msr', sctlr, x7)
    .emit('isb')
    .emit('b', 'end')
    .quad('tcr', values.tcr)
    .quad('mair', values.mair)
    .quad('ttbr', values.ttbr)
    .quad('on', MMU_ON)
    .quad('answers', answers)
    .quad('asked', asked)
    .quad('alias', alias)
    .label('end')
    .words();
}

const bytes = (...values: bigint[]): Uint8Array => new Uint8Array(BigUint64Array.from(values).buffer);
const cases = ([1, 2] as const).flatMap((level) =>
  (['4K', '16K', '64K'] as const satisfies readonly Granule[]).map((granule) => ({ level, granule })),
);

test.for(cases)(
  'a program at EL$level translates by its own $granule tables as the walker says',
  async (one, { skip }) => {
    const reason = whyNoQemu();
    if (reason !== undefined) skip(reason);
    const { level, granule } = one;
    const space: Space = { granule, vaBits: 42, paBits: 44, regime: level === 1 ? 'EL1' : 'EL2' };
    const mappings: Mapping[] = [
      { va: program, pa: program, size: MIB, attributes: code },
      { va: asked, pa: asked, size: 2n * MIB, attributes: data },
      { va: alias, pa: seenThrough, size: MIB, attributes: { ...data, writable: false } },
    ];
    const { pageBytes } = shapeOf(space);
    const arena = new TableArena(Number(tables) / pageBytes, countTables(space, mappings), pageBytes / 4);
    const root = buildTables(space, mappings, arena.pages, arena);
    const random = new Random(level);
    const addresses = mappings.flatMap(({ va, size }) => [
      va - 1n,
      va,
      va + size - 1n,
      va + size,
      va + (random.quad() % size),
    ]);
    for (let more = 0; more < 50; more++) addresses.push(random.quad() >> BigInt(random.below(40)));
    const { results } = await runBareMetal(
      {
        words: programFor(level, translationRegisters(space, BigInt(root * pageBytes)), addresses.length),
        address: program,
        memory: [
          { address: asked, bytes: bytes(...addresses) },
          { address: seenThrough, bytes: bytes(MARK) },
          { address: tables, bytes: new Uint8Array(arena.words.buffer) },
        ],
        results: [{ address: answers, size: 8 + 16 * addresses.length }],
      },
      { exceptionLevel: level },
    );
    const [mark, ...pars] = new BigUint64Array(results[0]?.buffer ?? new ArrayBuffer());
    expect(mark).toBe(MARK);
    // Of a translation NS is UNKNOWN (bit 9), and bit 10 IMPLEMENTATION DEFINED.
    const known = (par: bigint): bigint => ((par & 1n) === 1n ? par : par & ~(3n << 9n));
    const expected = addresses.flatMap((address) => {
      const result = walk(space, root, arena, pageInSpace(space, address) ?? -1);
      return [false, true].map((write) => parOf(space, address, result, { write, user: false }));
    });
    expect(pars.map(known)).toEqual(expected);
  },
);
