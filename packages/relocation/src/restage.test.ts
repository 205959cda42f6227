import { describe, expect, test } from 'vitest';
import { example, ram } from '../test/example.ts';
import { loadImage } from './load.ts';
import { addressOf } from './page.ts';
import { planStage } from './plan-stage.ts';
import { prove } from './proof/prove.ts';
import { restage } from './restage.ts';
import { rowAllocator } from './row-allocator.ts';
import { copiesOf } from './stage.ts';
import { strategies } from './strategies.ts';

const row = { start: 0x4500_0000n, end: 0x451f_ffffn };

describe.each(strategies)('a stage of $name for another level', ({ name }) => {
  const made = example(name);
  const again = restage(made.plan, { exceptionLevel: 2, vhe: true }, rowAllocator([row]));

  test('moves the same pages from the same places, by a routine and tables of its own', () => {
    expect(again).toMatchObject({ kind: made.plan.kind, exceptionLevel: 2, vhe: true });
    expect(copiesOf(again)).toEqual(copiesOf(made.plan));
    for (const { pfn, owner } of again.controlPages) {
      const isShared = made.plan.controlPages.some((page) => page.pfn === pfn);
      expect([owner, isShared]).toEqual([owner, owner === 'entry list']);
    }
  });

  test('is proved there', () => {
    const world = {
      ...made.world,
      exceptionLevel: 2,
      vhe: true,
      features: { ...made.world.features, vhe: true },
    } as const;
    expect(prove(again, loadImage(again, made.contents), made.contents, world).violations).toEqual([]);
  });
});

test('sources may come from another place than control pages, and lie in a row as far as that does', () => {
  const { plan } = example('mmu-on');
  const { segments, entry, dtb } = plan.placement;
  const lent = [
    { start: 0x4600_0000n, end: 0x4610_0fffn },
    { start: 0x9_0000_0000n, end: 0x9_00ff_ffffn },
  ];
  const stage = planStage({
    ...{ strategy: 'mmu-on', exceptionLevel: 1, ram, segments, entry, dtb },
    allocator: rowAllocator([row]),
    sources: rowAllocator(lent),
  });
  expect(stage.controlPages.every(({ pfn }) => addressOf(pfn) >= row.start && addressOf(pfn) < row.end)).toBe(true);
  expect([...copiesOf(stage)].map(({ source, pages }) => [addressOf(source), pages])).toEqual([
    [lent[0]?.start, 0x101],
    [lent[1]?.start, 0x300 - 0x101],
    [addressOf(0x90_0000 + 0x300 - 0x101), 5],
    [addressOf(0x90_0000 + 0x300 - 0x101 + 5), 1],
  ]);
  const few = { strategy: 'mmu-on', exceptionLevel: 1, ram, segments, entry, dtb } as const;
  expect(() => planStage({ ...few, allocator: rowAllocator([row]), sources: rowAllocator(lent.slice(0, 1)) })).toThrow(
    expect.objectContaining({ code: 'ENOMEM' }),
  );
});
