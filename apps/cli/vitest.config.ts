import { configDefaults, defineProject } from 'vitest/config';

/** What repeats others with other kernels or in other ways: run where all tests are asked for. */
const rare = process.env.KEXECKIT_TESTS === 'all' ? [] : ['test/**/*.rare.test.ts'];

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
