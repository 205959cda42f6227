import { afterEach, expect, test, vi } from 'vitest';
import { chosen } from './chosen.ts';

afterEach(() => vi.unstubAllEnvs());

test.for([
  ['', ['b']],
  ['all', ['a', 'b']],
] as const)('KEXECKIT_GUESTS=%s', ([value, names]) => {
  vi.stubEnv('KEXECKIT_GUESTS', value);
  expect(chosen([{ name: 'a' }, { name: 'b', often: true }]).map(({ name }) => name)).toEqual(names);
});
