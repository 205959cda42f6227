import { expect, test } from 'vitest';
import { Console } from './console.ts';

test('a mark is seen once, also one that comes in pieces', async () => {
  const console = new Console();
  console.push('one\r\nma');
  const first = console.waitFor(/mark/);
  console.push('rk, mark');
  await expect(first).resolves.toHaveProperty('match.input', 'one\nmark, mark');
  await expect(console.waitFor(/mark/)).resolves.toHaveProperty('match.input', ', mark');
  const third = console.waitFor(/mark/);
  console.end(new Error('over'));
  await expect(third).rejects.toThrow('over');
  expect(console.text).toBe('one\nmark, mark');
});

test('a mark that was there before the end is still seen', async () => {
  const console = new Console();
  console.push('mark');
  console.end(new Error('over'));
  console.end(new Error('over again'));
  await expect(console.waitFor(/mark/)).resolves.toBeDefined();
  await expect(console.waitFor(/mark/)).rejects.toThrow(/^over$/);
});

test('several may wait', async () => {
  const console = new Console();
  const both = Promise.all([console.waitFor(/a/), console.waitFor(/b/)]);
  console.push('a');
  console.push('b');
  await expect(both).resolves.toHaveLength(2);
});

test('when a mark came is told, also if it was asked for later', async () => {
  const console = new Console();
  console.push('early');
  await new Promise((resolve) => setTimeout(resolve, 20));
  console.push('late');
  const early = await console.waitFor(/early/);
  const late = await console.waitFor(/late/);
  expect(early.at).toBeLessThan(late.at);
});
