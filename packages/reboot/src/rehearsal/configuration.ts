import type { CpuFeatures, Reality } from '../reality/reality.ts';
import { type ImitatedFeatures, imitable } from './cpu.ts';

/** What a rehearsal imitates that can differ from the machine itself. */
export interface RehearsalConfiguration {
  readonly name: string;
  /** Other features than the machine says that its CPUs have. */
  readonly features?: Partial<Pick<CpuFeatures, 'sha256' | 'dataLine' | 'instructionLine'>>;
  /** What hardware may do at any moment is done at moments that this seed decides; never without. */
  readonly adversary?: number;
  /** What stands in registers that nobody has set: every bit of it the other way round. */
  readonly garbage?: 'inverted';
  /** A bit that is wrong: the routine must find it and stop. Left out where nothing is verified. */
  readonly wrongBit?: WrongBit;
}

/** Where a bit is wrong: in a segment's content, or in one of the four 64-bit words of its digest. */
export interface WrongBit {
  /** The number of the segment, in the order in which they are digested. */
  readonly segment: number;
  readonly in: 'content' | 0 | 1 | 2 | 3;
}

/** What is rehearsed by default: the CPUs as the machine describes them. */
export const asDescribed: RehearsalConfiguration = { name: 'as the machine says' };

/**
 * Every CPU that a thorough rehearsal runs on, the default first. Interrupts and SErrors are pending in all of
 * them, from before the first instruction on.
 */
export const rehearsalConfigurations: readonly RehearsalConfiguration[] = [
  asDescribed,
  { name: 'no SHA-256 instructions', features: { sha256: false } },
  { name: 'an adversary', adversary: 1, garbage: 'inverted' },
  { name: 'another adversary', adversary: 2 },
  { name: 'data cache lines of 32 bytes', features: { dataLine: 32, instructionLine: 64 } },
  { name: 'data cache lines of 128 bytes', features: { dataLine: 128, instructionLine: 128 } },
  { name: 'instruction cache lines longer than data cache lines', features: { dataLine: 64, instructionLine: 128 } },
];

/** A thorough rehearsal of so many segments that are verified: a bit is wrong in each, and in each word of a digest. */
export function wrongBits(segments: number): RehearsalConfiguration[] {
  const contents = Array.from({ length: segments }, (_, segment): RehearsalConfiguration => {
    return { name: `a wrong bit in segment ${segment}`, wrongBit: { segment, in: 'content' } };
  });
  const words = ([0, 1, 2, 3] as const).map((word): RehearsalConfiguration => {
    return { name: `a wrong bit in word ${word} of a digest`, wrongBit: { segment: segments - 1, in: word } };
  });
  return [...contents, ...words];
}

/** The features that a configuration imitates. */
export function imitated({ features }: RehearsalConfiguration, reality: Reality): ImitatedFeatures {
  return imitable({ ...reality.features, ...features });
}
