import type { CpuFeatures, Reality } from '../reality/reality.ts';
import { type ImitatedFeatures, imitable } from './cpu.ts';

/** What a rehearsal imitates that can differ from the machine itself. */
export interface RehearsalConfiguration {
  readonly name: string;
  /** Other features than the machine says that its CPUs have. */
  readonly features?: Partial<Pick<CpuFeatures, 'sha256' | 'dataLine' | 'instructionLine'>>;
  /** The CPU has everything optional that is not known of: its identification registers say so. It lacks it by default. */
  readonly others?: boolean;
  /** What hardware may do at any moment is done at moments that this seed decides; never without. */
  readonly adversary?: number;
  /** What stands in registers that nobody has set: every bit of it the other way round, or zero. */
  readonly garbage?: 'inverted' | 'zero';
  /** The console's flag register holds what it does not hold by default: somebody types, and nobody may send. */
  readonly busyConsole?: boolean;
  /** Destinations hold already what comes to them, but for each page's last byte: the old kernel may be of the same build. */
  readonly almostThere?: boolean;
  /** A bit that is wrong: the routine must find it and stop. Left out where nothing is verified. */
  readonly wrongBit?: WrongBit;
}

/** Where a bit is wrong: in a segment's content, or in its digest. */
export interface WrongBit {
  /** The number of the segment, in the order in which they are digested. */
  readonly segment: number;
  /** The number of the bit in the digest, from 0 to 255. */
  readonly in: 'content' | number;
}

/** What is rehearsed by default: the CPUs as the machine describes them. */
export const asDescribed: RehearsalConfiguration = { name: 'as the machine says' };

/**
 * Every CPU that a thorough rehearsal runs on, the default first. Interrupts and SErrors are pending in all of
 * them, from before the first instruction on.
 */
export const rehearsalConfigurations: readonly RehearsalConfiguration[] = [
  asDescribed,
  { name: 'no SHA-256 instructions', features: { sha256: false }, others: true },
  { name: 'an adversary', adversary: 1, garbage: 'inverted' },
  { name: 'another adversary', adversary: 2 },
  { name: 'registers of zero', garbage: 'zero', almostThere: true, busyConsole: true },
  { name: 'data cache lines of 32 bytes', features: { dataLine: 32, instructionLine: 64 } },
  { name: 'data cache lines of 128 bytes', features: { dataLine: 128, instructionLine: 128 } },
  { name: 'instruction cache lines longer than data cache lines', features: { dataLine: 64, instructionLine: 128 } },
];

/**
 * Bits of a digest that are wrong in turn, two in each of its 64-bit words: the highest, which is lost where it is shifted, and
 * one in the middle of the other half, so that a comparison of parts, or under a mask, is found out.
 */
const DIGEST_BITS = [0, 63, 77, 127, 150, 191, 197, 255];

/** A thorough rehearsal of so many segments that are verified: a bit is wrong in each, and in each word of a digest. */
export function wrongBits(segments: number): RehearsalConfiguration[] {
  const contents = Array.from({ length: segments }, (_, segment): RehearsalConfiguration => {
    return { name: `a wrong bit in segment ${segment}`, wrongBit: { segment, in: 'content' } };
  });
  const digest = DIGEST_BITS.map((bit): RehearsalConfiguration => {
    return { name: `bit ${bit} of a digest is wrong`, wrongBit: { segment: segments - 1, in: bit } };
  });
  return [...contents, ...digest];
}

/** The features that a configuration imitates. */
export function imitated({ features, others = false }: RehearsalConfiguration, reality: Reality): ImitatedFeatures {
  const { vhe } = reality;
  return imitable({ ...reality.features, ...features, vhe: vhe || reality.features.vhe }, others);
}
