import { invariants } from '@kexeckit/relocation';
import { expect, test } from 'vitest';
import { proofRows } from './model.ts';

test('before a proof, every invariant is there with its statement and no number', () => {
  const rows = proofRows(undefined);
  expect(rows.map(({ invariant, statement }) => [invariant, statement])).toEqual(Object.entries(invariants));
  expect(rows.every(({ checked }) => checked === undefined)).toBe(true);
});

test('a violation says its address, its owners and what is wrong, beside its own invariant', () => {
  const rows = proofRows({
    checks: [
      { invariant: 'sources', statement: invariants.sources, checked: 9, unit: 'pages', violations: 3 },
      { invariant: 'order', statement: invariants.order, checked: 9, unit: 'pages', violations: 0 },
    ],
    violations: [
      { invariant: 'sources', address: 0x8000_0000n, owners: ['kernel', 'initrd'], detail: 'claimed twice' },
      { invariant: 'sources', address: undefined, owners: ['dtb'], detail: 'has no page' },
    ],
  });
  expect(rows.map(({ checked, unit, violations, found }) => [checked, unit, violations, found])).toEqual([
    [9, 'pages', 3, ['0x80000000 (kernel, initrd): claimed twice', '(dtb): has no page']],
    [9, 'pages', 0, []],
  ]);
});
