import type { CpuFeatures } from './world.ts';

/** Bytes of a cache line that CTR_EL0 can tell: 1 to 2^15 words. */
const LINE_MIN = 4;
const LINE_MAX = 4 << 15;

/** What is impossible in the features that somebody says a CPU has; undefined where there is nothing. */
export function impossibleFeature({ granules, paBits, dataLine, instructionLine }: CpuFeatures): string | undefined {
  if (granules.length === 0) return 'it has no translation granule';
  if (!Number.isInteger(paBits) || paBits < 32 || paBits > 56) return `it has ${paBits} bits of physical address`;
  for (const line of [dataLine, instructionLine]) if (!isLine(line)) return `it has cache lines of ${line} bytes`;
  return undefined;
}

const isLine = (bytes: number): boolean =>
  Number.isInteger(bytes) && bytes >= LINE_MIN && bytes <= LINE_MAX && Number.isInteger(Math.log2(bytes));
