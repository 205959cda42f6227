import { configDefaults, defineProject } from 'vitest/config';

/** What repeats others with other kernels or in other ways: run where all tests are asked for. */
const rare = process.env.KEXECKIT_TESTS === 'all' ? [] : ['test/**/*.rare.test.ts'];

export default defineProject({
  test: {
    name: 'guests',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...rare],
    testTimeout: 60_000,
  },
});
