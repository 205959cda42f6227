import { allFeatures, type CpuModel, type Feature, type LineSize, lineSizes } from '@kexeckit/arm64-machine';
import type { CpuFeatures } from '../reality/reality.ts';

/** Features of a CPU that a program can tell from its identification registers, as the strict machine can have them. */
export interface ImitatedFeatures {
  readonly sha256: boolean;
  readonly vhe: boolean;
  readonly dataLine: LineSize;
  readonly instructionLine: LineSize;
  /** Everything else that is optional, also what the machine does not model: its identification registers say so. */
  readonly others: boolean;
}

/**
 * These features as the strict machine can have them: a cache line of a size that it cannot have is taken for the longest
 * that is shorter, or for the shortest.
 */
export function imitable(
  { sha256, vhe, dataLine, instructionLine }: Pick<CpuFeatures, Exclude<keyof ImitatedFeatures, 'others'>>,
  others: boolean,
): ImitatedFeatures {
  return { sha256, vhe, dataLine: lineOf(dataLine), instructionLine: lineOf(instructionLine), others };
}

/** The CPU of the strict machine that has them, and lacks everything optional that is not known to be there. */
export function modelOf({ sha256, vhe, others, dataLine, instructionLine }: ImitatedFeatures): CpuModel {
  const known: Partial<Record<Feature, boolean>> = { sha256, vhe };
  const without = allFeatures.filter((feature) => !(known[feature] ?? others));
  return { dataLine, instructionLine, without, claimsMore: others };
}

const lineOf = (bytes: number): LineSize => lineSizes.findLast((line) => line <= bytes) ?? lineSizes[0];
