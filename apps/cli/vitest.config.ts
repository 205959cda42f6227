import { defineProject } from 'vitest/config';

export default defineProject({
  test: {
    // Colours are on where CI is set, also in a pipe.
    env: { NO_COLOR: '1' },
    name: 'cli',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 180_000,
  },
});
