import { describe, expect, test, vi } from 'vitest';
import { example, moving } from '../test/example.ts';
import { regionParameters } from './region-parameters.ts';
import { strategies, strategyNamed } from './strategies.ts';

describe('the strategies', () => {
  test('have names and sentences of their own', () => {
    expect(new Set(strategies.map(({ name }) => name)).size).toBe(strategies.length);
    expect(new Set(strategies.map(({ summary }) => summary)).size).toBe(strategies.length);
    for (const { summary } of strategies) expect(summary).toMatch(/^[A-Z].*\.$/);
  });

  test('that have a region name it as /proc/iomem does', () => {
    for (const { summary, region } of strategies)
      if (region !== undefined) expect(summary).toContain(regionParameters[region].resource);
  });

  test('are found by name; another name is refused with those that there are', () => {
    for (const strategy of strategies) expect(strategyNamed(strategy.name)).toBe(strategy);
    expect(() => strategyNamed('magic')).toThrow(
      expect.objectContaining({
        code: 'EINVAL',
        message: 'there is no strategy magic',
        hint: `choose one of ${strategies.map(({ name }) => name).join(', ')}`,
      }),
    );
  });
});

test('a fifth strategy takes one more record: it is planned and proved', async () => {
  // The record as it would stand in the file; everything that reads the file is loaded again.
  const copied = strategyNamed('mmu-on');
  const fifth = { ...copied, name: 'fifth' };
  const all = [...strategies, fifth];
  vi.resetModules();
  vi.doMock('./strategies.ts', () => ({
    strategies: all,
    strategyNamed: (name: string) => all.find((strategy) => strategy.name === name),
  }));
  try {
    const engine = await import('./index.ts');
    const fresh = await import('../test/example.ts');
    const { plan, image, contents, world } = fresh.example(fifth.name);
    const { copies, ...rest } = moving(plan);
    const { copies: known, ...others } = moving(example(copied.name).plan);
    expect(rest).toEqual({ ...others, strategy: 'fifth' });
    expect([...copies]).toEqual([...known]);
    expect(engine.prove(plan, image, contents, world).violations).toEqual([]);
  } finally {
    vi.doUnmock('./strategies.ts');
    vi.resetModules();
  }
});
