export type { Benchmark, Competitor, OutsideCompetitor } from './benchmark.ts';
export { cProgram } from './c-program.ts';
