import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  copyTree,
  descendantsOf,
  findByName,
  insertResource,
  parseIomem,
  printIomem,
  removeResource,
} from './index.ts';
import { treeFaults } from './testing/invariants.ts';

const text = readFileSync(new URL('../fixtures/iomem/broadcom_stingray_bcm958742k.txt', import.meta.url), 'utf8');

test('a copy says the same, flags and layout included, and shares no resource', () => {
  const tree = parseIomem(text);
  const copy = copyTree(tree);
  expect(printIomem(copy)).toBe(text);
  expect(treeFaults(copy.root)).toEqual([]);
  const [ours, theirs] = [[...descendantsOf(tree.root)], [...descendantsOf(copy.root)]];
  expect(theirs.map(({ flags, desc }) => [flags, desc])).toEqual(ours.map(({ flags, desc }) => [flags, desc]));
  expect(theirs.some((resource) => ours.includes(resource))).toBe(false);
});

test('changes to a copy do not reach the original, nor the other way round', () => {
  const tree = parseIomem(text);
  const copy = copyTree(tree);
  insertResource(copy, { name: 'Kexec kernel', start: 0xa000_0000n, end: 0xa3ff_ffffn });
  expect(printIomem(tree)).toBe(text);
  for (const resource of findByName(tree, 'Kernel code')) removeResource(resource);
  expect(findByName(copy, 'Kernel code')).toHaveLength(1);
  copy.layout.levels = 5;
  expect(tree.layout.levels).toBe(8);
});
