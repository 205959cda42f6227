import { configDefaults, defineProject } from 'vitest/config';
import { rareTests } from '../../scripts/rare.ts';

export default defineProject({
  test: {
    // Colours are on where CI is set, also in a pipe.
    env: { NO_COLOR: '1' },
    name: 'cli',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...rareTests],
    testTimeout: 180_000,
  },
});
