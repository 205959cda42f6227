import { configDefaults, defineProject } from 'vitest/config';
import { rareTests } from '../../scripts/rare.ts';

export default defineProject({
  test: {
    name: 'qemu',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...rareTests],
    testTimeout: 60_000,
  },
});
