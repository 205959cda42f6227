import type { Benchmark } from '@kexeckit/bench';
import { fitPrices, linuxCounts, protocol, type TimedRun } from '@kexeckit/cost';

const known = { perInstruction: 0.25e-9 };

/** The rows of the protocol again and again, each a little off. */
const rows = (count: number): TimedRun[] =>
  Array.from({ length: count }, (_, at): TimedRun => {
    const { megabytes, mmu, pages } = protocol[at % protocol.length] ?? {
      megabytes: 16,
      mmu: 'on',
      pages: 'scattered',
    };
    const counts = linuxCounts(megabytes, mmu, pages);
    const seconds = 0.01 + counts.uncachedAccesses * 8e-9 + (counts.lineFills + counts.lineCleans) * 4e-9;
    return { source: `row ${at}`, counts, seconds: seconds * (1 + ((at * 7919) % 101) / 5000) };
  });

/** What is done without: the mean time of a byte, with the MMU off and on. */
function means(runs: readonly TimedRun[]): number {
  const sums = { off: 0, on: 0 };
  for (const { counts, seconds } of runs)
    sums[counts.lineFills === 0 ? 'off' : 'on'] += seconds / (counts.instructions ?? 1);
  return sums.off + sums.on;
}

/** The cost of a row, among a thousand, ten and a hundred thousand: it should stay the same. */
export const benchmarks: Benchmark[] = [1000, 10_000, 100_000].map((count) => {
  const runs = rows(count);
  return {
    name: `fit prices with intervals, a row of ${count}`,
    setup: () => () => {
      if (fitPrices(runs, { known }).prices.perLine === undefined) throw new Error('a price was not told');
    },
    operations: count,
    reference: {
      name: 'two means',
      setup: () => () => {
        if (!(means(runs) > 0)) throw new Error('there is no mean');
      },
    },
  };
});
