import type { CpuFeatures } from '@kexeckit/relocation';

/** The identification registers that {@link featuresOf} reads. */
export const featureRegisters = ['id_aa64mmfr0_el1', 'id_aa64mmfr1_el1', 'id_aa64isar0_el1', 'ctr_el0'] as const;

/** The name of one of them. */
export type FeatureRegister = (typeof featureRegisters)[number];

/** Values of ID_AA64MMFR0_EL1.PARange, from 0 on, in bits. */
const PA_BITS = [32, 36, 40, 42, 44, 48, 52, 56];
const WORD_BYTES = 4;
/** What 4K tables reach without LPA2: ID_AA64MMFR0_EL1.TGran4 is 1 with it (Arm ARM D8.1.7). */
const PA_BITS_OF_4K = 48;
/** And with it: FEAT_D128 is needed for more. */
const PA_BITS_OF_LPA2 = 52;

/** What the CPU's own identification registers say of it. */
export function featuresOf(read: (register: FeatureRegister) => bigint): CpuFeatures {
  const field = (register: FeatureRegister, low: number): number => Number((read(register) >> BigInt(low)) & 0xfn);
  const granules: CpuFeatures['granules'][number][] = [];
  // TGran4 and TGran64 are 15 where the granule is missing, TGran16 is 0.
  if (field('id_aa64mmfr0_el1', 28) !== 0xf) granules.push('4K');
  if (field('id_aa64mmfr0_el1', 20) !== 0) granules.push('16K');
  if (field('id_aa64mmfr0_el1', 24) !== 0xf) granules.push('64K');
  const reach = field('id_aa64mmfr0_el1', 28) === 1 ? PA_BITS_OF_LPA2 : PA_BITS_OF_4K;
  return {
    granules,
    bigEndian: field('id_aa64mmfr0_el1', 8) !== 0,
    paBits: Math.min(PA_BITS[field('id_aa64mmfr0_el1', 0)] ?? PA_BITS_OF_4K, reach),
    sha256: field('id_aa64isar0_el1', 12) !== 0,
    vhe: field('id_aa64mmfr1_el1', 8) !== 0,
    dataLine: WORD_BYTES << field('ctr_el0', 16),
    instructionLine: WORD_BYTES << field('ctr_el0', 0),
  };
}
