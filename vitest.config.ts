import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: ['packages/*', 'apps/*', 'tools/vectors', 'tools/bench', 'tools/guests', 'scripts'],
    // Guests take most of the time, and seldom all of a CPU.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
    reporters: ['default', './scripts/skipped-reporter.ts'],
  },
});
