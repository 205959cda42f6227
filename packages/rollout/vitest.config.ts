import { defineProject } from 'vitest/config';

export default defineProject({
  test: { name: 'rollout', include: ['src/**/*.test.ts', 'test/**/*.test.ts'], testTimeout: 60_000 },
});
