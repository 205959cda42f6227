import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: ['packages/*', 'apps/*', 'tools/vectors', 'tools/bench', 'tools/guests', 'scripts'],
    // Guests take most of the time, and a CPU each.
    maxWorkers: '100%',
    reporters: ['default', './scripts/skipped-reporter.ts'],
  },
});
