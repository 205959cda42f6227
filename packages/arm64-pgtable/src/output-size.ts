/** Bits of output address that TCR.IPS can express. */
export type PaBits = 32 | 36 | 40 | 42 | 44 | 48 | 52;

/** Output sizes in the order of their encoding in TCR_EL1.IPS, TCR_EL2.PS and ID_AA64MMFR0_EL1.PARange. */
export const outputSizes: readonly PaBits[] = [32, 36, 40, 42, 44, 48, 52];
