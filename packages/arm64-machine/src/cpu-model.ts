import { MachineError } from './error.ts';
import { allFeatures, type Feature, identify } from './features.ts';
import { LINE_SIZE, type LineSize, lineSizes } from './sizes.ts';

/** What may differ between CPUs. */
export interface CpuModel {
  /** Bytes of a line of the data cache: CTR_EL0.DminLine. 64 by default. */
  readonly dataLine?: LineSize | undefined;
  /** Bytes of a line of the instruction cache: CTR_EL0.IminLine. 64 by default. */
  readonly instructionLine?: LineSize | undefined;
  /** What it lacks of all that the machine models: the identification registers say so, and the words are UNDEFINED. */
  readonly without?: readonly Feature[] | undefined;
  /**
   * Whether the identification registers say that it has instructions that the machine does not model, too: their words are UNDEFINED
   * all the same. No by default.
   */
  readonly claimsMore?: boolean | undefined;
}

/**
 * Refuses lines that no CPU has.
 *
 * @throws MachineError `EINVAL`.
 */
export function checkLine(bytes: number): void {
  if (lineSizes.some((size) => size === bytes)) return;
  const hint = `use one of ${lineSizes.join(', ')}`;
  throw new MachineError('EINVAL', `no cache has lines of ${bytes} bytes here`, hint);
}

/** A CPU without features: 52-bit addresses, all granules, LPA2. */
const plain: Readonly<Record<string, bigint>> = {
  midr_el1: 0x410f_d070n,
  mpidr_el1: 0x8000_0000n,
  revidr_el1: 0n,
  aidr_el1: 0n,
  // DC ZVA zeroes 64 bytes.
  dczid_el0: 4n,
  id_aa64pfr0_el1: 0x11n,
  id_aa64dfr0_el1: 6n,
  id_aa64mmfr0_el1: 0x1020_1026n,
  ccsidr_el1: 0n,
  clidr_el1: 0n,
  // No limited ordering regions.
  lorid_el1: 0n,
};
/** ID_AA64PFR0_EL1: EL2 and EL3 are there. */
const PFR0_ALL_LEVELS = 0x1111n;

/**
 * Fields of instructions that are not modelled, each at its least value that says so: AES, SHA1, TME, RDM, SHA3, SM3, SM4, DP, FHM and
 * RNDR; JSCVT, FCMA, FRINTTS, SPECRES, BF16 and I8MM (Arm ARM, ID_AA64ISAR0_EL1 and ID_AA64ISAR1_EL1).
 */
const MORE: Readonly<Record<string, bigint>> = {
  id_aa64isar0_el1: 0x1001_1111_1100_0110n,
  id_aa64isar1_el1: 0x0010_1101_0011_0000n | (1n << 52n),
};

/** The features of a model. */
export function featuresOf({ without = [] }: CpuModel): ReadonlySet<Feature> {
  return new Set(allFeatures.filter((feature) => !without.includes(feature)));
}

/** Its identification registers; a CPU without EL2 has no EL3 either. */
export function identificationOf(
  model: CpuModel,
  dataLine: LineSize,
  hasEl2: boolean,
): Readonly<Record<string, bigint>> {
  const { instructionLine = LINE_SIZE, claimsMore = false } = model;
  return {
    ...identify(claimsMore ? { ...plain, ...MORE } : plain, featuresOf(model)),
    ctr_el0: cacheTypeOf(dataLine, instructionLine),
    ...(hasEl2 ? { id_aa64pfr0_el1: PFR0_ALL_LEVELS } : {}),
  };
}

/** CTR_EL0: sizes are log2 of words; physically tagged; a data line is not seen by fetches until it is cleaned. */
function cacheTypeOf(dataLine: LineSize, instructionLine: LineSize): bigint {
  const [data, instruction] = [dataLine, instructionLine].map((bytes) => BigInt(Math.log2(bytes / 4)));
  const most = BigInt(Math.log2(Math.max(dataLine, instructionLine) / 4));
  return (1n << 31n) | (most << 24n) | (most << 20n) | ((data ?? 0n) << 16n) | (3n << 14n) | (instruction ?? 0n);
}
