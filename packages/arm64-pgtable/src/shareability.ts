/** Who keeps a copy coherent: nobody else, the inner domain (all CPUs of one system), or the outer one. */
export type Shareability = 'none' | 'outer' | 'inner';

/** By the encoding of SH in descriptors, TCR and PAR_EL1; 1 is reserved. */
export const shareabilities: readonly (Shareability | undefined)[] = ['none', undefined, 'outer', 'inner'];

/** The encoding of each. */
export const shareabilityBits: Readonly<Record<Shareability, number>> = { none: 0, outer: 2, inner: 3 };
