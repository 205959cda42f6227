import {
  type Access,
  pageInSpace,
  parOf,
  permits,
  type Space,
  shapeOf,
  translationRegisters,
  type WalkResult,
  walk,
} from '@kexeckit/arm64-pgtable';
import { type AtJob, type AtOperation, askQemu, EL1_IS_64, MMU_ON } from './at-program.ts';
import { type BuiltSpace, piecesOf } from './random-space.ts';

/** What a comparison found. */
export interface Comparison {
  /** Answers that were compared. */
  readonly asked: number;
  /** How often QEMU translated (`ok`), and how often each fault status came up. */
  readonly kinds: ReadonlyMap<string, number>;
  /** Where the walker and QEMU do not agree. */
  readonly wrong: readonly string[];
  /** The spaces where they do not. */
  readonly caught: ReadonlySet<BuiltSpace>;
}

type Question = readonly [AtOperation, Access];

const read: Access = { write: false, user: false };
const write: Access = { write: true, user: false };
const userRead: Access = { write: false, user: true };
const userWrite: Access = { write: true, user: true };

/** The AT instructions that ask a regime. With one stage on, S12 asks that one. */
const questions: Record<Space['regime'], readonly Question[]> = {
  EL1: [
    ['at s1e1r', read],
    ['at s1e1w', write],
    ['at s1e0r', userRead],
    ['at s1e0w', userWrite],
    ['at s12e1r', read],
    ['at s12e1w', write],
    ['at s12e0r', userRead],
    ['at s12e0w', userWrite],
  ],
  EL2: [
    ['at s1e2r', read],
    ['at s1e2w', write],
  ],
  'EL2&0': [
    ['at s1e2r', read],
    ['at s1e2w', write],
    ['at s1e1r', read],
    ['at s1e1w', write],
    ['at s1e0r', userRead],
    ['at s1e0w', userWrite],
  ],
  stage2: [
    ['at s12e1r', read],
    ['at s12e1w', write],
    ['at s12e0r', read],
    ['at s12e0w', write],
  ],
};

// HCR_EL2 (Arm ARM D24).
const VM = 1n << 0n; // stage 2 is on
const DC = 1n << 12n; // stage 1, which is off, says Normal write-back memory
const TGE = 1n << 27n;
const E2H = 1n << 34n;

/** The registers that turn tables on: those of the space, and what `translationRegisters` leaves to its caller. */
function registersOf({ space, root }: BuiltSpace): AtJob['registers'] {
  const { ttbr, tcr, mair } = translationRegisters(space, BigInt(root) << BigInt(shapeOf(space).pageShift));
  const upper = space.half === 'upper';
  const single = space.regime === 'EL2' || space.regime === 'stage2';
  const hpd = space.flatPermissions ? (single ? 1n << 24n : 3n << 41n) : 0n;
  const ha = space.setsAccessFlag ? (single ? 1n << 21n : 1n << 39n) : 0n;
  const tcrValue = tcr | hpd | ha;
  switch (space.regime) {
    case 'EL1':
      return {
        hcr_el2: EL1_IS_64,
        sctlr_el1: MMU_ON,
        tcr_el1: tcrValue,
        mair_el1: mair,
        [upper ? 'ttbr1_el1' : 'ttbr0_el1']: ttbr,
      };
    case 'stage2':
      return { hcr_el2: EL1_IS_64 | VM | DC, vtcr_el2: tcrValue, vttbr_el2: ttbr };
    default:
      return {
        hcr_el2: EL1_IS_64 | (space.regime === 'EL2' ? 0n : E2H | TGE),
        sctlr_el2: MMU_ON,
        tcr_el2: tcrValue,
        mair_el2: mair,
        [upper ? 'ttbr1_el2' : 'ttbr0_el2']: ttbr,
      };
  }
}

// PAR_EL1 (Arm ARM D24).
const FAULT = 1n;
const SH = 3n << 7n;
const OF_STAGE_2 = 1n << 9n;
const ALWAYS_SET = 1n << 11n;
/** Of a translation outside of the Secure world NS is UNKNOWN, and bit 10 is IMPLEMENTATION DEFINED. */
const UNKNOWN_OF_ADDRESS = 3n << 9n;
/** Bits 63:48 of a fault are IMPLEMENTATION DEFINED. */
const UNKNOWN_OF_FAULT = 0xffffn << 48n;

/**
 * The bits of an answer that the architecture defines. Two things of QEMU are allowed for: an external abort on a walk is
 * taken as an exception, whose ESR the program hands over, with bit 11 clear; and QEMU 7.2 gives the descriptor's
 * shareability also for Device and Normal-NC memory, where the architecture has it outer shareable.
 */
function known(par: bigint, type: string): bigint {
  if ((par & ALWAYS_SET) === 0n) return ALWAYS_SET | ((par & 0x3fn) << 1n) | FAULT;
  if ((par & FAULT) === FAULT) return par & ~UNKNOWN_OF_FAULT;
  return par & ~UNKNOWN_OF_ADDRESS & ~(type === 'Normal-NC' || type.startsWith('Device') ? SH : 0n);
}

function ourAnswer(space: Space, address: bigint, result: WalkResult, access: Access): bigint {
  return space.regime === 'stage2' ? stage2Par(space, address, result, access) : parOf(space, address, result, access);
}

const FIRST_STAGE: Space = { granule: '4K', vaBits: 48, regime: 'EL1' };
const fromMair: Record<string, bigint> = {
  Normal: 0xffn,
  'Normal-WT': 0xbbn,
  'Normal-NC': 0x44n,
  'Device-nGnRE': 0x04n,
  'Device-nGnRnE': 0x00n,
  'Device-nGRE': 0x08n,
  'Device-GRE': 0x0cn,
};
const shareabilityBits = { none: 0n, outer: 2n, inner: 3n } as const;

/** PAR_EL1 of stage 2 alone: under HCR_EL2.DC stage 1 is Normal memory that nobody shares, so stage 2 decides. */
function stage2Par(space: Space, address: bigint, result: WalkResult, access: Access): bigint {
  // The fault codes are those of stage 1, with S set; an exception does not say it.
  if (result.kind === 'external-abort') return parOf(FIRST_STAGE, address, result, access);
  if (result.kind !== 'mapped') return parOf(FIRST_STAGE, address, result, access) | OF_STAGE_2;
  const { attributes, frame } = result;
  const { pageShift } = shapeOf(space);
  if (!permits({ ...attributes, user: true }, access))
    return ALWAYS_SET | OF_STAGE_2 | (BigInt(0b001100 + result.level) << 1n) | FAULT;
  const output = (BigInt(frame) << BigInt(pageShift)) | (address & ((1n << BigInt(pageShift)) - 1n) & ~0xfffn);
  const sh = shareabilityBits[attributes.shareability ?? 'inner'];
  return ((fromMair[attributes.type] ?? 0n) << 56n) | output | ALWAYS_SET | (sh << 7n);
}

const hex = (value: bigint): string => `0x${value.toString(16)}`;

/**
 * Asks the walker and QEMU about every address of every space.
 *
 * @param theirs spaces whose tables QEMU gets, where they are not those that the walker reads.
 */
export async function compare(ours: readonly BuiltSpace[], theirs: readonly BuiltSpace[] = ours): Promise<Comparison> {
  const walks = ours.map(({ space, root, arena, addresses }) =>
    addresses.map((address) => walk(space, root, arena, pageInSpace(space, address) ?? -1)),
  );
  const answers = await askQemu(
    ours.map((built) => ({ registers: registersOf(built), addresses: built.addresses })),
    theirs.flatMap(({ arena, space }) => piecesOf(arena, shapeOf(space))),
  );
  const wrong: string[] = [];
  const caught = new Set<BuiltSpace>();
  const kinds = new Map<string, number>();
  let asked = 0;
  ours.forEach((built, job) => {
    const { space } = built;
    built.addresses.forEach((address, index) => {
      const result = walks[job]?.[index];
      if (result === undefined) return;
      const type = result.kind === 'mapped' ? result.attributes.type : '';
      for (const [operation, access] of questions[space.regime]) {
        const expected = known(ourAnswer(space, address, result, access), type);
        const par = known(answers[job]?.par(index, operation) ?? 0n, type);
        const kind = (par & FAULT) === 0n ? 'ok' : statusText(par);
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        asked += 1;
        if (expected === par) continue;
        caught.add(built);
        wrong.push(
          `${operation} ${hex(address)}: walker ${hex(expected)}, QEMU ${hex(par)}; ${describe(space, result)}`,
        );
      }
    });
  });
  return { asked, kinds, wrong, caught };
}

const statusText = (par: bigint): string => `0b${((par >> 1n) & 0x3fn).toString(2).padStart(6, '0')}`;

function describe(space: Space, { steps }: WalkResult): string {
  const words = steps.map(({ level, low, high }) => {
    return `level ${level} ${hex((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0))}`;
  });
  const parts = Object.entries(space).map(
    ([name, value]) => `${name} ${typeof value === 'bigint' ? hex(value) : value}`,
  );
  return `${parts.join(', ')}: ${words.join(', ')}`;
}
