import { afterEach, expect, test, vi } from 'vitest';
import { chosen } from './chosen.ts';

afterEach(() => vi.unstubAllEnvs());

test.for([
  ['', ['b']],
  ['all', ['a', 'b']],
] as const)('KEXECKIT_TESTS=%s', ([value, names]) => {
  vi.stubEnv('KEXECKIT_TESTS', value);
  expect(chosen([{ name: 'a' }, { name: 'b', often: true }]).map(({ name }) => name)).toEqual(names);
});
