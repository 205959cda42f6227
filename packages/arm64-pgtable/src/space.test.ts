import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkSteps,
  checkTables,
  type Edit,
  listMappings,
  mairValue,
  outputSizes,
  PageTableError,
  planEdit,
  type Regime,
  rootOfTtbr,
  type Space,
  sameSpace,
  shapeOf,
  spaceOfTcr,
  spaceOfVtcr,
  TableArena,
  translationRegisters,
  walk,
} from './index.ts';

const regimes: readonly Regime[] = ['EL1', 'EL2', 'EL2&0', 'stage2'];
const base: Space = { granule: '4K', vaBits: 39, regime: 'EL1' };

/** Spaces of all fields, most of them possible and some not. */
const anySpace: fc.Arbitrary<Space> = fc.record(
  {
    granule: fc.constantFrom('4K', '16K', '64K'),
    vaBits: fc.integer({ min: 14, max: 54 }),
    regime: fc.constantFrom(...regimes),
    paBits: fc.constantFrom(...outputSizes),
    half: fc.constantFrom('lower', 'upper'),
    lpa2: fc.boolean(),
    mair: fc.constantFrom(mairValue(), 0x44_ffn, 2n ** 64n),
    shareability: fc.constantFrom('none', 'outer', 'inner'),
    asidBits: fc.constantFrom(8, 16),
    setsAccessFlag: fc.boolean(),
    flatPermissions: fc.boolean(),
    startLevel: fc.integer({ min: -2, max: 4 }),
  },
  { requiredKeys: ['granule', 'vaBits', 'regime'] },
);

function accepted(space: Space): boolean {
  try {
    shapeOf(space);
    return true;
  } catch (error) {
    if (error instanceof PageTableError && error.code === 'EINVAL') return false;
    throw error;
  }
}

function readBack({ regime, half, mair }: Space, tcr: bigint): Space | undefined {
  return regime === 'stage2' ? spaceOfVtcr(tcr) : spaceOfTcr(tcr, regime, half, mair);
}

test('what the registers of a space say is the space, for every space that is accepted', () => {
  let seen = 0;
  fc.assert(
    fc.property(anySpace, (space) => {
      if (!accepted(space)) return;
      seen += 1;
      const read = readBack(space, translationRegisters(space, 0n).tcr);
      if (read === undefined || !sameSpace(read, space)) throw new Error(`it reads back as ${String(read?.granule)}`);
      expect(translationRegisters(read, 0n)).toEqual(translationRegisters(space, 0n));
    }),
    { numRuns: 5000, seed: 16 },
  );
  expect(seen).toBeGreaterThan(300);
});

test('every field that is given changes the registers, or is refused', () => {
  const fields: readonly Partial<Space>[] = [
    ...([{ paBits: 40 }, { lpa2: true }, { shareability: 'none' }, { setsAccessFlag: true }, { vaBits: 30 }] as const),
    ...([{ half: 'upper' }, { mair: 0xffn }, { flatPermissions: true }, { asidBits: 16 }, { startLevel: 2 }] as const),
  ];
  for (const regime of regimes)
    for (const field of fields) {
      const plain: Space = { granule: '4K', vaBits: 34, regime };
      const changed: Space = { ...plain, ...field };
      if (!accepted(changed)) continue;
      expect(translationRegisters(changed, 0n), `${regime} ${Object.keys(field)}`).not.toEqual(
        translationRegisters(plain, 0n),
      );
    }
});

describe('impossible spaces', () => {
  const read = (fields: string): Space => ({ ...base, ...JSON.parse(fields) });

  test.for([
    ['{"regime":"EL3"}', /no translation regime EL3/],
    ['{"granule":"8K"}', /no granule 8K/],
    ['{"half":"middle"}', /no half middle/],
    ['{"paBits":47}', /no output size 47/],
    ['{"shareability":"all"}', /no shareability all/],
    ['{"asidBits":12}', /no size of ASIDs 12/],
    ['{"regime":"EL2","half":"upper"}', /EL2 has no upper half/],
    ['{"regime":"stage2","half":"upper"}', /stage2 has no upper half/],
    ['{"regime":"EL2","asidBits":16}', /EL2 has no ASIDs/],
    ['{"regime":"stage2","flatPermissions":true}', /stage 2 has no HPD/],
    ['{"granule":"64K","lpa2":true}', /64K tables have no LPA2/],
    ['{"regime":"stage2","startLevel":1.5}', /no level 1.5/],
    ['{"regime":"stage2","granule":"16K","vaBits":48}', /cannot start at level 0 without LPA2/],
    ['{"vaBits":39.5}', /cannot hold 39.5 bits/],
    ['{"vaBits":null}', /cannot hold null bits/],
  ] as const)('%s', ([fields, message]) => {
    const refusal = expect.objectContaining({ name: 'PageTableError', code: 'EINVAL' });
    expect(() => shapeOf(read(fields))).toThrow(message);
    expect(() => shapeOf(read(fields))).toThrow(refusal);
  });

  test('a MAIR that is not eight bytes, or where there is none', () => {
    expect(() => shapeOf({ ...base, mair: -1n })).toThrow(/64 bits/);
    expect(() => shapeOf({ ...base, mair: 2n ** 64n })).toThrow(/64 bits/);
    expect(() => shapeOf({ ...base, regime: 'stage2', mair: 0xffn })).toThrow(/no MAIR/);
  });
});

describe('roots', () => {
  const joined: Space = { granule: '4K', vaBits: 42, regime: 'stage2', startLevel: 1 };
  const edit: Edit = { kind: 'merge', va: 0n };

  test.for([
    [base, -1],
    [base, 1.5],
    [base, Number.NaN],
    [base, 2 ** 60],
    [joined, 0x104],
  ] as const)('that no table can have are refused by whoever takes them: %s %s', ([space, root]) => {
    const arena = new TableArena(0x100, 8, 1024);
    const refusal = expect.objectContaining({ name: 'PageTableError', code: 'EINVAL', page: root });
    expect(() => walk(space, root, arena, 0)).toThrow(refusal);
    expect(() => listMappings(space, root, arena)).toThrow(refusal);
    expect(() => checkTables(space, root, arena, [])).toThrow(refusal);
    expect(() => planEdit(space, root, arena, edit, [])).toThrow(refusal);
    expect(() => checkSteps(space, root, arena, [])).toThrow(refusal);
  });

  test('a TTBR is read back as the root, whatever its ASID, and never rounded', () => {
    for (const granule of ['4K', '16K', '64K'] as const)
      for (const paBits of [48, 52] as const) {
        const space: Space = { granule, vaBits: 48, regime: 'EL1', paBits };
        const shift = BigInt(shapeOf(space).pageShift);
        const root = 2n ** BigInt(paBits) - (1n << shift);
        const { ttbr } = translationRegisters(space, root);
        expect(rootOfTtbr(space, ttbr | (7n << 48n) | 1n)).toBe(Number(root >> shift));
        // A table of 64 entries may lie anywhere in its page (64K tables of 48 bits).
        for (const offset of [0x200n, 0x40n, 1n << (shift - 1n)])
          expect(rootOfTtbr(space, ttbr | offset)).toBeUndefined();
      }
  });

  test('joined roots are aligned to all of their tables', () => {
    expect(() => translationRegisters(joined, 0x4000n)).toThrow(/is not aligned/);
    expect(rootOfTtbr(joined, translationRegisters(joined, 0x8000n).ttbr)).toBe(8);
    expect(rootOfTtbr(joined, 0x4000n)).toBeUndefined();
  });
});

describe('address space identifiers', () => {
  const arena = new TableArena(0x100, 4, 1024);
  const edit: Edit = { kind: 'unmap', va: 0n, size: 0x1000n };
  const both = (space: Space, asid: number): (() => void)[] => [
    () => planEdit(space, 0x100, arena, edit, [], { asid }),
    () => checkSteps(space, 0x100, arena, [], { asid }),
  ];

  test.for([
    [base, -1, /no ASID of 8 bits/],
    [base, 256, /no ASID of 8 bits/],
    [base, 1.5, /no ASID/],
    [base, Number.NaN, /no ASID/],
    [{ ...base, asidBits: 16 }, 65536, /no ASID of 16 bits/],
    [{ ...base, regime: 'EL2' }, 5, /EL2 has no ASIDs/],
    [{ ...base, regime: 'stage2' }, 5, /stage2 has no ASIDs/],
  ] as const)('%s has no %s', ([space, asid, message]) => {
    for (const attempt of both(space, asid)) {
      expect(attempt).toThrow(message);
      expect(attempt).toThrow(PageTableError);
    }
  });

  test('those of the size that TCR says are taken', () => {
    for (const attempt of both(base, 255)) expect(attempt).not.toThrow();
    for (const attempt of both({ ...base, asidBits: 16 }, 65535)) expect(attempt).not.toThrow();
  });
});

describe('registers that no space has', () => {
  const noSpace = (space: Space, change: (tcr: bigint) => bigint): void => {
    const { tcr } = translationRegisters(space, 0n);
    expect(readBack(space, tcr)).toBeDefined();
    expect(readBack(space, change(tcr))).toBeUndefined();
  };

  test('more than 48 bits of input without TCR.DS are no tables of LPA2', () => {
    for (const regime of regimes)
      for (const half of regime === 'EL1' || regime === 'EL2&0' ? (['lower', 'upper'] as const) : (['lower'] as const))
        for (const granule of ['4K', '16K'] as const) {
          const ds = regime === 'EL1' || regime === 'EL2&0' ? 59n : 32n;
          noSpace({ granule, vaBits: 50, regime, half, lpa2: true }, (tcr) => tcr & ~(1n << ds));
        }
  });

  test('SL2 goes with no SL0', () => {
    for (const code of [1n, 2n, 3n])
      noSpace({ granule: '4K', vaBits: 52, paBits: 52, regime: 'stage2' }, (vtcr) => vtcr | (code << 6n));
  });
});
