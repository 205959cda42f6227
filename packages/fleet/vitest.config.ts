import { configDefaults, defineProject } from 'vitest/config';

/** What runs for hours, where it is asked for. */
const rare = process.env.KEXECKIT_SOAK === undefined ? ['test/**/*.rare.test.ts'] : [];

export default defineProject({
  test: {
    name: 'fleet',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...rare],
    testTimeout: 60_000,
    // Rollouts of the soak, which wait most of the time.
    maxConcurrency: 12,
  },
});
