import { allFeatures, type CpuModel, type Feature } from '@kexeckit/arm64-machine';
import type { ImitatedFeatures } from './configuration.ts';

/** Cache lines that the strict machine can have, in bytes. */
const LINES = [32, 64, 128] as const;

/**
 * The CPU of the strict machine that is like this one, and lacks everything optional that is not known to be there. A line
 * of a size that it cannot have is taken for the longest that is shorter: that asks more of a routine, which has to
 * maintain each part by itself.
 */
export function modelOf({ sha256, vhe, others, dataLine, instructionLine }: ImitatedFeatures): CpuModel {
  const known: Partial<Record<Feature, boolean>> = { sha256, vhe };
  return {
    dataLine: lineOf(dataLine),
    instructionLine: lineOf(instructionLine),
    without: allFeatures.filter((feature) => !(known[feature] ?? others)),
  };
}

const lineOf = (bytes: number): (typeof LINES)[number] => LINES.findLast((line) => line <= bytes) ?? LINES[0];
