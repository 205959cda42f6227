import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { SlowFirst } from './scripts/slow-first.ts';

export default defineConfig({
  test: {
    projects: [
      'packages/*',
      'apps/*',
      'tools/vectors',
      'tools/bench',
      'tools/guests',
      'tools/testing',
      'tools/distribution',
      'scripts',
    ],
    // Guests take most of the time, and seldom all of a CPU.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
    sequence: { sequencer: SlowFirst },
    reporters: ['default', './scripts/skipped-reporter.ts'],
  },
});
