import {
  type Attributes,
  buildTables,
  countTables,
  type Granule,
  geometryOf,
  type Mapping,
  outputSizes,
  type PaBits,
  type Space,
  shapeOf,
  startLevel,
  TableArena,
} from '@kexeckit/arm64-pgtable';
import { whyNoQemu } from '@kexeckit/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { compare } from './at-compare.ts';
import { TABLES_BASE } from './at-program.ts';
import { Random } from './random.ts';
import { type BuiltSpace, randomMair, randomSpace } from './random-space.ts';

type Where = Pick<Space, 'regime' | 'half'>;

const granules: readonly Granule[] = ['4K', '16K', '64K'];
const places: readonly Where[] = [
  { regime: 'EL1', half: 'lower' },
  { regime: 'EL1', half: 'upper' },
  { regime: 'EL2', half: 'lower' },
  { regime: 'EL2&0', half: 'lower' },
  { regime: 'EL2&0', half: 'upper' },
];

/** Every size of a granule, with either layout of descriptors: input from FEAT_TTST's 16 bits (17 in 64K) to 52. */
function everySize(granule: Granule, where: Where, outputs: readonly PaBits[]): Space[] {
  const spaces: Space[] = [];
  for (const lpa2 of granule === '64K' ? [undefined] : [false, true])
    for (let vaBits = granule === '64K' ? 17 : 16; vaBits <= (lpa2 === false ? 48 : 52); vaBits++)
      for (const paBits of outputs)
        if (lpa2 !== false || paBits < 52) spaces.push({ granule, vaBits, paBits, lpa2, ...where });
  return spaces;
}

/** Random tables for each space, one behind the other; each root at a multiple of 16 pages. */
function tablesFor(spaces: readonly Space[], random: Random): BuiltSpace[] {
  let next = Number(TABLES_BASE);
  return spaces.map((space) => {
    const { pageBytes } = shapeOf(space);
    const built = randomSpace(space, next / pageBytes, random);
    next += Math.ceil(built.arena.pages.length / 16) * 16 * pageBytes;
    return built;
  });
}

/** Stage 2 may start a level lower, at up to 16 tables in a row (Arm ARM D8.2.2). */
const joinable: readonly (Space & { readonly startLevel: number })[] = [
  { granule: '4K', vaBits: 40, regime: 'stage2', startLevel: 1 },
  { granule: '4K', vaBits: 43, regime: 'stage2', startLevel: 1 },
  { granule: '4K', vaBits: 34, regime: 'stage2', startLevel: 2 },
  { granule: '16K', vaBits: 48, regime: 'stage2', startLevel: 1 },
  { granule: '16K', vaBits: 40, regime: 'stage2', startLevel: 2 },
  { granule: '64K', vaBits: 46, regime: 'stage2', startLevel: 2 },
];

/** A few runs of pages in every eighth of what each of the joined tables covers. */
function joinedTables(space: Space & { readonly startLevel: number }, random: Random): BuiltSpace {
  const { pageBytes, pageShift, spans } = shapeOf(space);
  const perTable = BigInt(spans[space.startLevel] ?? 1) << BigInt(pageShift);
  const count = Number((1n << BigInt(space.vaBits)) / perTable);
  const page = BigInt(pageBytes);
  const part = perTable / 8n;
  const mappings = Array.from({ length: 8 * count }, (_, index): Mapping => {
    const va = part * BigInt(index) + (random.quad() % (part / 2n / page)) * page;
    const pa = BigInt(random.below(2 ** 24)) * page;
    return { va, pa, size: page * BigInt(1 + random.below(40)), attributes: anything };
  });
  const arena = new TableArena(Number(TABLES_BASE) / pageBytes, countTables(space, mappings), pageBytes / 4);
  const root = buildTables(space, mappings, arena.pages, arena);
  const asked = mappings.flatMap(({ va, size }) => [
    va,
    va + size - 1n,
    va - 1n,
    va + size,
    random.quad() % (1n << 52n),
  ]);
  return { space, root, arena, addresses: asked.map((address) => BigInt.asUintN(52, address)) };
}

const anything: Attributes = { type: 'Normal', writable: true, executable: true };

describe("the walker's PAR_EL1 is QEMU's", () => {
  beforeEach(({ skip }) => {
    const reason = whyNoQemu();
    if (reason !== undefined) skip(reason);
  });

  test.for(granules.flatMap((granule) => places.map((where) => ({ granule, ...where }))))(
    '$granule tables of $regime, $half half, every size of address and output',
    { timeout: 60_000 },
    async ({ granule, regime, half }) => {
      const random = new Random(20190709);
      const spaces = everySize(granule, { regime, half }, outputSizes).map((space) => {
        return { ...space, mair: randomMair(random), flatPermissions: random.chance(0.1) };
      });
      const { asked, wrong, kinds } = await compare(tablesFor(spaces, random));
      expect(wrong.slice(0, 10)).toEqual([]);
      expect(asked).toBeGreaterThan(10_000);
      // Every sort of answer came up: translations, and address size, translation, access flag and permission faults.
      for (const kind of ['ok', '0b000011', '0b000100', '0b000111', '0b001011', '0b001111'])
        expect(kinds.get(kind) ?? 0, kind).toBeGreaterThan(10);
    },
  );

  test.for(granules)('%s tables of stage 2', { timeout: 60_000 }, async (granule) => {
    const random = new Random(52);
    // QEMU 7.2 wants the input no larger than the output, and does not start where FEAT_LPA2 newly allows it: at level -1
    // with less than 52 bits, or in 16K tables at level 0.
    const spaces = everySize(granule, { regime: 'stage2' }, [48, 52]).filter((space) => {
      const start = startLevel(geometryOf(granule), space.vaBits);
      return (
        space.vaBits <= (space.paBits ?? 48) &&
        (start > 0 || (granule === '4K' && (start === 0 || space.vaBits === 52)))
      );
    });
    const { asked, wrong, kinds } = await compare(tablesFor(spaces, random));
    expect(wrong.slice(0, 10)).toEqual([]);
    expect(asked).toBeGreaterThan(5_000);
    for (const kind of ['ok', '0b000111', '0b001111']) expect(kinds.get(kind) ?? 0, kind).toBeGreaterThan(10);
  });

  test.for(joinable)(
    'stage 2 of $granule tables, $vaBits bits, from joined tables at level $startLevel',
    async (space) => {
      const { asked, wrong, kinds } = await compare([joinedTables(space, new Random(space.vaBits))]);
      expect(wrong).toEqual([]);
      expect(asked).toBeGreaterThan(200);
      expect(kinds.get('ok')).toBeGreaterThan(100);
    },
  );

  test('where hardware sets the access flag, its absence is no fault', async () => {
    const random = new Random(39);
    const spaces = granules.flatMap((granule) =>
      places.map((where): Space => ({ granule, vaBits: 42, ...where, setsAccessFlag: true })),
    );
    const { wrong, kinds } = await compare(tablesFor([...spaces, ...spaces, ...spaces], random));
    expect(wrong.slice(0, 10)).toEqual([]);
    expect(kinds.get('ok')).toBeGreaterThan(500);
    expect([...kinds.keys()].filter((kind) => kind.startsWith('0b0010'))).toEqual([]);
  });
});
