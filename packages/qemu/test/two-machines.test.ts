import { print } from '@kexeckit/a64';
import { whyNoQemu } from '@kexeckit/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { Random } from './random.ts';
import { randomItem, trickyValue, usedIds } from './random-program.ts';
import { dataOf, difference, MOST_PROGRAMS, type PlacedProgram, runHere, runOnQemu, together } from './two-machines.ts';

const PROGRAMS = 3000;
const ITEMS = 16;
/** From one instruction to the next in the table: neighbours are alike. */
const STRIDE = 7;

/** A program as the items that it is made of. */
interface Items {
  readonly place: number;
  readonly items: readonly (readonly number[])[];
  readonly block: Uint8Array;
}

/** So many programs, in which the instructions take turns. */
function randomPrograms(seed: number): Items[] {
  return Array.from({ length: PROGRAMS }, (_, place) => {
    const random = new Random(seed + place);
    const items = Array.from({ length: ITEMS }, (_, at) => {
      const id = usedIds[((place * ITEMS + at) * STRIDE) % usedIds.length] ?? 'nop';
      return randomItem(id, random, dataOf(place));
    });
    const block = new BigUint64Array(256).map(() => trickyValue(random));
    return { place, items, block: new Uint8Array(block.buffer) };
  });
}

/** The program with only its first items. */
const cut = ({ place, items, block }: Items, count: number): PlacedProgram => ({
  place,
  block,
  words: items.slice(0, count).flat(),
});

async function differs(items: Items, count: number): Promise<string | undefined> {
  const program = together([cut(items, count)]);
  const [ours] = runHere(program);
  const [theirs] = await runOnQemu(program);
  return ours && theirs && difference(ours, theirs);
}

/** The first item after which the machines differ, by halving. */
async function firstDifference(items: Items): Promise<string> {
  let [same, different] = [0, items.items.length];
  while (different - same > 1) {
    const middle = (same + different) >> 1;
    if ((await differs(items, middle)) === undefined) same = middle;
    else different = middle;
  }
  const words = (items.items[different - 1] ?? []).map((word) => print(word));
  return `program ${items.place}, item ${different}: ${words.join('; ')}: ${await differs(items, different)}`;
}

describe('random programs end alike here and on QEMU', () => {
  beforeEach(({ skip }) => {
    const reason = whyNoQemu();
    if (reason !== undefined) skip(reason);
  });

  test.for([1, 2])('seed %i', { timeout: 60_000 }, async (seed) => {
    expect(PROGRAMS).toBeLessThanOrEqual(MOST_PROGRAMS);
    // Else the instructions that take turns would not be all.
    expect(usedIds.length % STRIDE).not.toBe(0);
    const programs = randomPrograms(seed * 1_000_000);
    const program = together(programs.map((items) => cut(items, ITEMS)));
    const ours = runHere(program);
    const theirs = await runOnQemu(program);
    const wrong = programs.filter(
      (_, at) => difference(ours[at] ?? new Uint8Array(), theirs[at] ?? new Uint8Array()) !== undefined,
    );
    const told: string[] = [];
    for (const items of wrong.slice(0, 3)) told.push(await firstDifference(items));
    expect({ wrong: wrong.length, told }).toEqual({ wrong: 0, told: [] });
  });
});
