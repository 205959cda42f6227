import { type CpuModel, type LineSize, lineSizes } from '@kexeckit/arm64-machine';
import type { CpuFeatures } from '../reality/reality.ts';

/** Features of a CPU that a program can tell from its identification registers, as the strict machine can have them. */
export interface ImitatedFeatures {
  readonly sha256: boolean;
  readonly dataLine: LineSize;
  readonly instructionLine: LineSize;
}

/**
 * These features as the strict machine can have them: a cache line of a size that it cannot have is taken for the longest
 * that is shorter, or for the shortest.
 */
export function imitable({
  sha256,
  dataLine,
  instructionLine,
}: Pick<CpuFeatures, keyof ImitatedFeatures>): ImitatedFeatures {
  return { sha256, dataLine: lineOf(dataLine), instructionLine: lineOf(instructionLine) };
}

/** The CPU of the strict machine that has them. */
export const modelOf = ({ sha256, dataLine, instructionLine }: ImitatedFeatures): CpuModel => ({
  dataLine,
  instructionLine,
  without: sha256 ? [] : ['sha256'],
});

const lineOf = (bytes: number): LineSize => lineSizes.findLast((line) => line <= bytes) ?? lineSizes[0];
