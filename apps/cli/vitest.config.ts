import { configDefaults, defineProject } from 'vitest/config';

/** Guests that are booted only where all of them are asked for. */
const rare = process.env.KEXECKIT_GUESTS === 'all' ? [] : ['test/**/*.rare.test.ts'];

export default defineProject({
  test: {
    // Colours are on where CI is set, also in a pipe.
    env: { NO_COLOR: '1' },
    name: 'cli',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...rare],
    testTimeout: 180_000,
  },
});
