import type { Decoded } from '@kexeckit/a64';

/** An optional part of the architecture, and where an identification register says that it is there. */
interface FeatureField {
  readonly register: string;
  /** The lowest bit of the field, and what it holds. */
  readonly at: number;
  readonly value: bigint;
}

/** A part of the architecture that a CPU may lack. */
export type Feature =
  /** SHA256H and its kin. */
  | 'sha256'
  | 'crc32'
  /** CAS, SWP, LDADD and their kin (FEAT_LSE). */
  | 'atomics'
  /** CFINV, RMIF, SETF, AXFLAG, XAFLAG (FEAT_FlagM2). */
  | 'flags'
  /** TLBI for the outer shareable domain (FEAT_TLBIOS). */
  | 'outer-tlbi'
  /** DC CVAP (FEAT_DPB). */
  | 'clean-to-persistence'
  /** LDAPR, LDAPUR, STLUR (FEAT_LRCPC2). */
  | 'weaker-order'
  /** SB. */
  | 'speculation-barrier'
  /** CPY* and SET* (FEAT_MOPS). */
  | 'memory-copies'
  /** HCR_EL2.E2H. */
  | 'vhe'
  /** TCR.HPD: permissions of table descriptors can be ignored. */
  | 'flat-permissions'
  /** LDLAR and STLLR (FEAT_LOR). */
  | 'limited-order'
  /** Virtual addresses of 52 bits in 64K tables (FEAT_LVA). */
  | 'large-addresses'
  /** TCR.TxSZ of 40 to 48 (FEAT_TTST). */
  | 'small-tables';

/** Where the identification registers say that each is there (Arm ARM D24, the fields of `ID_AA64*_EL1`). */
const fields: Readonly<Record<Feature, FeatureField>> = {
  sha256: { register: 'id_aa64isar0_el1', at: 12, value: 1n },
  crc32: { register: 'id_aa64isar0_el1', at: 16, value: 1n },
  atomics: { register: 'id_aa64isar0_el1', at: 20, value: 2n },
  flags: { register: 'id_aa64isar0_el1', at: 52, value: 2n },
  'outer-tlbi': { register: 'id_aa64isar0_el1', at: 56, value: 1n },
  'clean-to-persistence': { register: 'id_aa64isar1_el1', at: 0, value: 1n },
  'weaker-order': { register: 'id_aa64isar1_el1', at: 20, value: 2n },
  'speculation-barrier': { register: 'id_aa64isar1_el1', at: 36, value: 1n },
  'memory-copies': { register: 'id_aa64isar2_el1', at: 16, value: 1n },
  vhe: { register: 'id_aa64mmfr1_el1', at: 8, value: 1n },
  'flat-permissions': { register: 'id_aa64mmfr1_el1', at: 12, value: 1n },
  'limited-order': { register: 'id_aa64mmfr1_el1', at: 16, value: 1n },
  'large-addresses': { register: 'id_aa64mmfr2_el1', at: 16, value: 1n },
  'small-tables': { register: 'id_aa64mmfr2_el1', at: 28, value: 1n },
};

const isFeature = (name: string): name is Feature => Object.hasOwn(fields, name);

/** All of them. */
export const allFeatures: readonly Feature[] = Object.keys(fields).filter(isFeature);

/** Identification registers with the fields of features set, and no others. */
export function identify(
  registers: Readonly<Record<string, bigint>>,
  features: ReadonlySet<Feature>,
): Record<string, bigint> {
  const told: Record<string, bigint> = { ...registers };
  for (const feature of features) {
    const { register, at, value } = fields[feature];
    told[register] = (told[register] ?? 0n) | (value << BigInt(at));
  }
  return told;
}

/** Which instructions need a feature, by their names in the table. */
const needed: readonly (readonly [RegExp, Feature | 'memory-tags'])[] = [
  [/^sha256/, 'sha256'],
  [/^crc32/, 'crc32'],
  [/^(casp?|swp|ld(add|clr|eor|set|[su]max|[su]min))[bh]?(\.w)?$/, 'atomics'],
  [/^(cfinv|rmif|setf8|setf16|axflag|xaflag)$/, 'flags'],
  [/^(ldapu?r|stlur)/, 'weaker-order'],
  [/^sb$/, 'speculation-barrier'],
  [/^(ldlar|stllr)/, 'limited-order'],
  // SETG* sets allocation tags too, and needs FEAT_MTE, which no CPU here has.
  [/^setg[pme]$/, 'memory-tags'],
  [/^(cpy|set[pme]$)/, 'memory-copies'],
];

/** Whether a CPU with these features executes an instruction. */
export function executes(features: ReadonlySet<Feature>, { id, operands }: Decoded): boolean {
  if (id === 'sys' && operands[0] === 'dc cvap') return features.has('clean-to-persistence');
  if (/^sys/.test(id) && /^tlbi .*os$/.test(String(operands[0]))) return features.has('outer-tlbi');
  const feature = needed.find(([pattern]) => pattern.test(id))?.[1];
  return feature === undefined || (feature !== 'memory-tags' && features.has(feature));
}
