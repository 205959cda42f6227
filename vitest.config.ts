import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: ['packages/*', 'apps/*', 'tools/vectors', 'tools/bench', 'tools/guests', 'scripts'],
    reporters: ['default', './scripts/skipped-reporter.ts'],
  },
});
