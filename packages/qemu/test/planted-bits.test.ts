import {
  type Attributes,
  buildTables,
  countTables,
  type Granule,
  type Space,
  shapeOf,
  TableArena,
  type WalkStep,
  walk,
} from '@kexeckit/arm64-pgtable';
import { whyNoQemu } from '@kexeckit/testing';
import { expect, test } from 'vitest';
import { compare } from './at-compare.ts';
import { TABLES_BASE } from './at-program.ts';
import type { BuiltSpace } from './random-space.ts';

const shared: Attributes = { type: 'Normal', writable: true, executable: false, user: true };

type Bits = readonly [first: number, last: number, why: string];

/** The bits of a block or page descriptor that an AT instruction's answer does not depend on. */
function unseenInLeaf(space: Space, level: number): Bits[] {
  const { format, pageShift, spans } = shapeOf(space);
  const size = pageShift + Math.log2(spans[level + 1] ?? 1);
  const lowest = format === 'LPA' ? 16 : 12;
  return [
    [5, 5, 'NS: the walk is outside of the Secure world'],
    ...(space.regime === 'EL2' ? [[6, 6, 'AP[1]: there is one privilege level'] as const] : []),
    [11, 11, 'nG: what the TLB keeps, not what it says'],
    ...(size > lowest ? [[lowest, size - 1, 'below the size of what is mapped: reserved, or nT'] as const] : []),
    ...(format === 'LPA2' ? [] : [[48, 49, 'reserved without LPA2'] as const]),
    [50, 50, 'GP: branches only'],
    [51, 51, 'DBM: TCR.HD is clear'],
    [52, 52, 'Contiguous: a hint'],
    [53, 54, 'PXN, UXN: AT asks for reads and writes'],
    [55, 63, 'left to software and to PBHA'],
  ];
}

function unseenInTable(space: Space): Bits[] {
  const { format, pageShift } = shapeOf(space);
  const lowest = format === 'LPA' ? 16 : 12;
  return [
    [2, format === 'LPA2' ? 7 : 11, 'ignored'],
    ...(format === 'LPA2' ? [[10, 11, 'ignored'] as const] : []),
    ...(pageShift > lowest ? [[lowest, pageShift - 1, 'below the size of a table: reserved'] as const] : []),
    ...(format === 'LPA2' ? [] : [[48, 49, 'reserved without LPA2'] as const]),
    [50, 58, 'ignored'],
    [59, 60, 'PXNTable, UXNTable: AT asks for reads and writes'],
    ...(space.regime === 'EL2' ? [[61, 61, 'APTable[0]: there is one privilege level'] as const] : []),
    [63, 63, 'NSTable: the walk is outside of the Secure world'],
  ];
}

interface Planted {
  readonly ours: BuiltSpace;
  readonly theirs: BuiltSpace;
  readonly step: WalkStep;
  readonly bit: number;
}

/** A page and a block, or two; each lies somewhere else for each plant, so that no other table says the same. */
function plant(space: Space, firstPage: number, unique: number, bit: number, descriptor: number): Planted | undefined {
  const shape = shapeOf(space);
  const block = 1n << BigInt(shape.pageShift + shape.indexBits);
  const mappings = [
    { va: 3n * block, pa: BigInt(5 + 2 * unique) * block, size: block, attributes: shared },
    { va: 5n * block, pa: BigInt(4 + 2 * unique) * block, size: BigInt(shape.pageBytes), attributes: shared },
  ];
  const arena = new TableArena(firstPage, countTables(space, mappings), shape.pageBytes / 4);
  const root = buildTables(space, mappings, arena.pages, arena);
  const steps = mappings.flatMap(({ va }) => walk(space, root, arena, Number(va >> BigInt(shape.pageShift))).steps);
  const step = steps[descriptor];
  if (step === undefined) return undefined;
  const spoiled = new TableArena(firstPage, arena.pages.length, shape.pageBytes / 4, arena.words.slice());
  const at = 2 * step.index + (bit < 32 ? 0 : 1);
  const words = spoiled.page(step.table);
  words[at] = (words[at] ?? 0) ^ (1 << (bit % 32));
  const addresses = mappings.map(({ va }) => va);
  return { ours: { space, root, arena, addresses }, theirs: { space, root, arena: spoiled, addresses }, step, bit };
}

const spaces: readonly Space[] = (['4K', '16K', '64K'] as const satisfies readonly Granule[]).flatMap((granule) =>
  ([48, 52] as const).flatMap((paBits) =>
    (['EL1', 'EL2'] as const).map((regime) => ({ granule, vaBits: granule === '4K' ? 39 : 44, paBits, regime })),
  ),
);

test.for(spaces)(
  '$granule, $paBits bits of output, $regime: a wrong bit in a table is caught',
  async (space, { skip }) => {
    const reason = whyNoQemu();
    if (reason !== undefined) skip(reason);
    const shape = shapeOf(space);
    const planted: Planted[] = [];
    for (let descriptor = 0; descriptor < 8; descriptor++)
      for (let bit = 0; bit < 64; bit++) {
        const one = plant(
          space,
          Number(TABLES_BASE) / shape.pageBytes + 8 * planted.length,
          planted.length,
          bit,
          descriptor,
        );
        if (one !== undefined) planted.push(one);
      }
    const { caught } = await compare(
      planted.map(({ ours }) => ours),
      planted.map(({ theirs }) => theirs),
    );
    const unseen = ({ step: { level, low }, bit }: Planted): boolean => {
      const list = level < 3 && (low & 3) === 3 ? unseenInTable(space) : unseenInLeaf(space, level);
      return list.some(([first, last]) => bit >= first && bit <= last);
    };
    const where = ({ step, bit }: Planted): string => `bit ${bit} of a descriptor at level ${step.level}`;
    expect(planted.length).toBeGreaterThanOrEqual(4 * 64);
    expect(planted.filter((one) => !caught.has(one.ours) && !unseen(one)).map(where)).toEqual([]);
    expect(planted.filter((one) => caught.has(one.ours) && unseen(one)).map(where)).toEqual([]);
  },
);
