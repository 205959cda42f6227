import { type Decoded, decode, operandsOf, registerNumber } from '@kexeckit/a64';
import type { Outcome } from './both.ts';
import type { Case } from './driver.ts';
import { DEVICE, page } from './layout.ts';

/** How a case ended on both machines, where they do not agree. */
export interface Mismatch {
  readonly word: number;
  readonly decoded: Decoded | undefined;
  readonly registers: Case['registers'];
  readonly ours: Outcome;
  readonly theirs: Outcome;
  /** Names of what differs. */
  readonly differs: ReadonlySet<string>;
}

/** Why two machines may end a case differently. */
export interface Accepted {
  readonly reason: string;
  readonly matches: (mismatch: Mismatch) => boolean;
}

const classOf = ({ esr }: Outcome): number => Number(esr >> 26n);
const status = ({ esr }: Outcome): number => Number(esr & 0x3fn);
const UNDEFINED = 0x00;
const TRAPPED_SYSTEM = 0x18;
const DATA_ABORT = 0x25;
const SP_ALIGNMENT = 0x26;
const BRK = 0x3c;
const ALIGNMENT = 0x21;

const isIn = (number: number, address: bigint): boolean => (address & 0xff_ffff_ffff_f000n) === page(number);
const named = ({ decoded }: Mismatch, pattern: RegExp): boolean => decoded !== undefined && pattern.test(decoded.id);
const ATOMIC = /^(casp?|swp|ld(add|clr|eor|set|[su]max|[su]min))[bh]?(\.w)?$/;
const STORE_EXCLUSIVE = /^stl?x[rp]/;
const PAIR = /^stn?p/;
const SEVERAL = /^(ld|st)1\.x|^(ld|st)n?p\.[dq]|^(ld|st)u?r\.q/;

/** Whether only these differ. */
const onlyIn = ({ differs }: Mismatch, ...names: readonly string[]): boolean =>
  [...differs].every((name) => names.includes(name));

/** General registers that an instruction names more than once, where at least one of them is loaded or written back. */
function namesTwice({ decoded }: Mismatch): boolean {
  if (decoded === undefined) return false;
  const specs = operandsOf(decoded.id);
  const named = specs.flatMap(({ kind, scale }, at) => {
    const value = registerNumber(decoded.operands[at] ?? 0);
    if (kind === 'fd' || kind === 'fq' || kind === 'v') return [`v${value}`];
    if (!/^x|^w/.test(kind) || value === 31) return [];
    return scale === 2 ? [`x${value}`, `x${value + 1}`] : [`x${value}`];
  });
  return new Set(named).size < named.length;
}

/** LDPSW that loads a register twice, or the register that it writes back. */
function isTwofoldLdpsw(word: number): boolean {
  const [t, n, u] = [word & 31, (word >>> 5) & 31, (word >>> 10) & 31];
  return (word & 0xfe40_0000) >>> 0 === 0x6840_0000 && (t === u || t === n || u === n);
}

/** Words in which bits that should be one are not: those of a register that the instruction does not have. */
const hasWrongFixedBits = (word: number): boolean =>
  // Exclusive and ordered accesses; SMULH and UMULH.
  (word & 0x3f00_0000) === 0x0800_0000 || (word & 0xff60_0000) >>> 0 === 0x9b40_0000;

/** All that the machines may do differently. What is not here is a defect of one of them. */
export const accepted: readonly Accepted[] = [
  {
    reason: 'QEMU 7.2 does not check whether SP is aligned (SCTLR_EL1.SA)',
    matches: ({ ours }) => classOf(ours) === SP_ALIGNMENT,
  },
  {
    reason: 'QEMU 7.2 lets unaligned accesses to Device memory pass',
    matches: ({ ours }) => classOf(ours) === DATA_ABORT && status(ours) === ALIGNMENT && isIn(DEVICE, ours.far),
  },
  {
    reason: 'the strict machine stops at exclusive and atomic accesses past the cache (its rule uncached-exclusive)',
    matches: ({ ours, ...rest }) =>
      ours.rule === 'uncached-exclusive' &&
      (named({ ours, ...rest }, ATOMIC) || named({ ours, ...rest }, /^(ld|st)[al]?xr?p?/)),
  },
  {
    reason: 'a store-exclusive that will not happen may fault or not; on QEMU it does not',
    matches: (mismatch) =>
      named(mismatch, STORE_EXCLUSIVE) && classOf(mismatch.ours) === DATA_ABORT && classOf(mismatch.theirs) === BRK,
  },
  {
    reason: 'QEMU 7.2 does not want LDAPR and LDAPUR to be aligned',
    matches: (mismatch) =>
      named(mismatch, /^ldapu?r/) && classOf(mismatch.ours) === DATA_ABORT && status(mismatch.ours) === ALIGNMENT,
  },
  {
    reason: "QEMU's CPU has FEAT_IDST: it traps what is UNDEFINED among the identification registers",
    matches: ({ decoded, ours, theirs }) =>
      decoded?.id === 'mrs' && classOf(ours) === UNDEFINED && classOf(theirs) === TRAPPED_SYSTEM,
  },
  {
    reason: 'identification registers tell of two different CPUs',
    matches: ({ decoded, ours, theirs, differs }) =>
      decoded?.id === 'mrs' &&
      classOf(ours) === BRK &&
      classOf(theirs) === BRK &&
      differs.size === 1 &&
      !differs.has('esr'),
  },
  {
    reason:
      'what a load or store does that names a register twice is CONSTRAINED UNPREDICTABLE: the strict machine stops (its rule unpredictable-form); LDPSW is not decoded then',
    matches: (mismatch) =>
      mismatch.ours.rule === 'unpredictable-form' ||
      namesTwice(mismatch) ||
      (mismatch.decoded === undefined && isTwofoldLdpsw(mismatch.word)),
  },
  {
    reason: 'an access of several registers that faults half-way may have loaded or stored the first of them',
    matches: (mismatch) =>
      (named(mismatch, SEVERAL) || named(mismatch, PAIR)) &&
      classOf(mismatch.ours) === DATA_ABORT &&
      onlyIn(mismatch, 'simd', 'memory'),
  },
  {
    reason: 'floating point and most of SIMD are not modelled: UNDEFINED here',
    matches: ({ decoded, ours, word }) =>
      decoded === undefined &&
      classOf(ours) === UNDEFINED &&
      ((word & 0x0e00_0000) === 0x0e00_0000 || (word & 0x0e00_0000) === 0x0c00_0000),
  },
  {
    reason: 'words with zeros where the encoding wants ones are not decoded here; QEMU does not look',
    matches: ({ decoded, ours, word }) =>
      decoded === undefined && classOf(ours) === UNDEFINED && hasWrongFixedBits(word),
  },
];

/** Why a mismatch is accepted; `undefined` where it is not. */
export function reasonFor(
  { word, registers }: Case,
  ours: Outcome,
  theirs: Outcome,
  differs: ReadonlySet<string>,
): string | undefined {
  const mismatch = { word, registers, decoded: decode(word), ours, theirs, differs };
  return accepted.find(({ matches }) => matches(mismatch))?.reason;
}
