import { defineConfig } from 'vitest/config';

/** Measurements, one after the other: `node scripts/run.mjs vitest run --root packages/fleet/bench`, for docs/benchmarks.md. */
export default defineConfig({
  test: { name: 'fleet measured', include: ['*.measure.ts'], fileParallelism: false, testTimeout: 3_600_000 },
});
