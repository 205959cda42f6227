import { expect, test } from 'vitest';
import type { Space } from './space.ts';
import { fieldsOf, saysTheSame } from './space-fields.ts';

const space: Space = { granule: '4K', vaBits: 48, regime: 'EL1' };

test.each(Object.keys(fieldsOf(space)))('a space with another %s is another one', (field) => {
  expect(saysTheSame(space, { ...space, [field]: 'another' })).toBe(false);
  expect(saysTheSame(space, { ...space })).toBe(true);
});
