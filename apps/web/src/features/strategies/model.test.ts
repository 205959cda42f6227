import { strategies, strategyNamed } from '@kexeckit/relocation';
import { expect, test } from 'vitest';
import { firstChoice } from '../../desk/strategy.ts';
import { shortText, startingWith, strategyRows } from './model.ts';

test('the one that is looked at first is one that Linux does too: copied, with the caches on', () => {
  expect(firstChoice).toBe('mmu-on');
});

test('each strategy once, whichever comes first', () => {
  for (const { name } of strategies) {
    const order = startingWith(name);
    expect(order[0]).toBe(name);
    expect(order.toSorted()).toEqual(strategies.map((strategy) => strategy.name).toSorted());
  }
});

test.each([
  ['mmu-off', 'copied with the MMU off'],
  ['kernel', 'copied by the running kernel'],
  ['mmu-on', 'copied with the MMU on'],
  ['reserved', 'loaded into the Kexec kernel region'],
  ['crash-region', 'loaded into the Crash kernel region'],
])('%s is %s', (name, text) => {
  expect(shortText(strategyNamed(name))).toBe(text);
});

test('a row for each record, with every field in words', () => {
  expect(strategyRows.map(({ name }) => name)).toEqual(strategies.map(({ name }) => name));
  expect(strategyRows.map(({ summary }) => summary)).toEqual(strategies.map(({ summary }) => summary));
  const row = (wanted: string) => strategyRows.find(({ name }) => name === wanted);
  expect(row('crash-region')).toMatchObject({
    loadsInto: 'the Crash kernel region',
    mmu: 'on',
    verifies: 'yes',
    displaces: 'the crash kernel',
  });
  expect(row('mmu-off')).toMatchObject({ loadsInto: 'free pages', mmu: 'off', verifies: 'no', displaces: 'nothing' });
});
