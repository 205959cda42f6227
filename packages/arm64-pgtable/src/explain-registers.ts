import { PageTableError } from './error.ts';
import { type DescriptorField, Fields } from './fields.ts';
import { hex } from './hex.ts';
import { memoryTypeOf } from './memory-type.ts';
import { outputSizes } from './output-size.ts';

/** The registers that {@link explainRegister} knows. */
export type ExplainedRegister = 'tcr_el1' | 'tcr_el2' | 'vtcr_el2' | 'ttbr' | 'vttbr' | 'mair' | 'par';

type Meaning = string | ((value: number) => string);

/**
 * Explains the value of a register field by field, from bit 63 to bit 0, as the Arm ARM names them: every bit is in exactly one
 * field. `tcr_el1` is also TCR_EL2 with VHE; `ttbr` is one of stage 1, `vttbr` VTTBR_EL2, `par` the
 * 64-bit PAR_EL1.
 *
 * @throws PageTableError `ERANGE` for a value that is not one of 64 bits.
 */
export function explainRegister(register: ExplainedRegister, value: bigint): DescriptorField[] {
  if (value < 0n || value >= 2n ** 64n)
    throw new PageTableError('ERANGE', `${hex(value)} is no value of 64 bits`, 'give 0 to 2^64 - 1', {
      address: value,
    });
  const fields = new Fields(value);
  explainers[register](fields, value);
  return fields.all();
}

const explainers: Readonly<Record<ExplainedRegister, (fields: Fields, value: bigint) => void>> = {
  tcr_el1: explainTcr,
  tcr_el2: explainTcrEl2,
  vtcr_el2: explainVtcr,
  ttbr: explainTtbr('ASID', 'address space identifier'),
  vttbr: explainTtbr('VMID', 'virtual machine identifier'),
  mair: explainMair,
  par: explainPar,
};

const flag =
  (set: string, clear: string) =>
  (value: number): string =>
    value === 0 ? clear : set;

const RESERVED = 'reserved';
const one = (names: readonly string[]) => (value: number) => names[value] ?? RESERVED;

const SHAREABILITY = one(['not shared', RESERVED, 'outer shareable', 'inner shareable']);
const CACHING = one(['not cached', 'write-back, write-allocate', 'write-through', 'write-back, no write-allocate']);
const TG0 = one(['4K pages', '64K pages', '16K pages']);
const TG1 = one([RESERVED, '16K pages', '4K pages', '64K pages']);
const size = (value: number): string => {
  const bits = outputSizes[value];
  return bits === undefined ? RESERVED : `${bits} bits of output address`;
};
const input = (value: number): string => `${64 - value} bits of input address`;

/** Single bits from here down, highest first. */
function takeFlags(
  fields: Fields,
  from: number,
  flags: readonly (readonly [name: string, set: string, clear: string])[],
): void {
  flags.forEach(([name, set, clear], index) => {
    fields.take(from - index, name, flag(set, clear));
  });
}

const HARDWARE_USE =
  (half: string): Meaning =>
  (value) =>
    value === 0
      ? `bits 62:59 of ${half} descriptors are software's`
      : `hardware may use bits 62:59 of ${half} descriptors`;

function explainTcr(fields: Fields): void {
  fields.reserved(62);
  takeFlags(fields, 61, [
    ['MTX1', 'the upper half has logical tags', 'no logical tags above'],
    ['MTX0', 'the lower half has logical tags', 'no logical tags below'],
    ['DS', 'descriptors have the LPA2 layout', 'descriptors have no LPA2 layout'],
    ['TCMA1', 'tag 0b1111 above is not checked', 'tags above are checked'],
    ['TCMA0', 'tag 0b0000 below is not checked', 'tags below are checked'],
    ['E0PD1', 'EL0 faults above', 'EL0 may reach above'],
    ['E0PD0', 'EL0 faults below', 'EL0 may reach below'],
    ['NFD1', 'speculative walks above by EL0 fault', 'as all walks'],
    ['NFD0', 'speculative walks below by EL0 fault', 'as all walks'],
    ['TBID1', 'top bytes above are ignored for data alone', 'for instructions, too'],
    ['TBID0', 'top bytes below are ignored for data alone', 'for instructions, too'],
  ]);
  fields.take(47, 'HWU1', HARDWARE_USE('upper'));
  fields.take(43, 'HWU0', HARDWARE_USE('lower'));
  takeFlags(fields, 42, [
    ['HPD1', 'limits of tables above are ignored', 'tables above can limit'],
    ['HPD0', 'limits of tables below are ignored', 'tables below can limit'],
    ['HD', 'hardware sets the dirty state', 'software sets the dirty state'],
    ['HA', 'hardware sets the access flag', 'software sets the access flag'],
    ['TBI1', 'top bytes above are ignored', 'top bytes above count'],
    ['TBI0', 'top bytes below are ignored', 'top bytes below count'],
    ['AS', '16 bits of ASID', '8 bits of ASID'],
  ]);
  fields.reserved(35);
  fields.take(32, 'IPS', size);
  explainHalf(fields, '1', 16, TG1);
  explainHalf(fields, '0', 0, TG0);
}

/** What both halves have, 16 bits each. */
function explainHalf(fields: Fields, half: '0' | '1', at: number, granule: Meaning): void {
  fields.take(at + 14, `TG${half}`, granule);
  fields.take(at + 12, `SH${half}`, SHAREABILITY);
  fields.take(at + 10, `ORGN${half}`, CACHING);
  fields.take(at + 8, `IRGN${half}`, CACHING);
  fields.take(at + 7, `EPD${half}`, flag('walks of this half fault', 'walks of this half are done'));
  if (half === '1') fields.take(at + 6, 'A1', flag('TTBR1 has the ASID', 'TTBR0 has the ASID'));
  else fields.reserved(at + 6);
  fields.take(at, `T${half}SZ`, input);
}

function explainTcrEl2(fields: Fields): void {
  fields.reserved(34);
  fields.take(33, 'MTX', flag('addresses have logical tags', 'no logical tags'));
  fields.take(32, 'DS', flag('descriptors have the LPA2 layout', 'descriptors have no LPA2 layout'));
  fields.take(31, 'RES1', flag('reserved', 'reserved, and should be 1'));
  fields.take(30, 'TCMA', flag('tag 0b0000 is not checked', 'tags are checked'));
  fields.take(29, 'TBID', flag('top bytes are ignored for data alone', 'for instructions, too'));
  fields.take(25, 'HWU', HARDWARE_USE('all'));
  fields.take(24, 'HPD', flag('limits of tables are ignored', 'tables can limit'));
  fields.take(23, 'RES1', flag('reserved', 'reserved, and should be 1'));
  fields.take(22, 'HD', flag('hardware sets the dirty state', 'software sets the dirty state'));
  fields.take(21, 'HA', flag('hardware sets the access flag', 'software sets the access flag'));
  fields.take(20, 'TBI', flag('top bytes are ignored', 'top bytes count'));
  fields.reserved(19);
  fields.take(16, 'PS', size);
  fields.take(14, 'TG0', TG0);
  fields.take(12, 'SH0', SHAREABILITY);
  fields.take(10, 'ORGN0', CACHING);
  fields.take(8, 'IRGN0', CACHING);
  fields.reserved(6);
  fields.take(0, 'T0SZ', input);
}

/** Levels that walks of stage 2 begin at, by TG0 and SL0: with 4K the last one takes FEAT_TTST, with 16K FEAT_LPA2 (D24.2.224). */
const START_LEVELS: readonly (readonly (number | undefined)[])[] = [
  [2, 1, 0, 3],
  [3, 2, 1],
  [3, 2, 1, 0],
];

function startLevel(vtcr: bigint): number | undefined {
  const granule = Number((vtcr >> 14n) & 3n);
  const code = Number((vtcr >> 6n) & 3n);
  const isBelowZero = granule === 0 && ((vtcr >> 32n) & 3n) === 3n;
  if (isBelowZero) return code === 0 ? -1 : undefined;
  return START_LEVELS[granule]?.[code];
}

function explainVtcr(fields: Fields, value: bigint): void {
  fields.reserved(46);
  fields.take(45, 'HDBSS', flag('hardware notes what becomes dirty', 'hardware notes nothing that becomes dirty'));
  fields.take(44, 'HAFT', flag('tables have an access flag', 'tables have no access flag'));
  fields.reserved(42);
  fields.take(41, 'TL0', flag('TopLevel0 of permissions is checked', 'TopLevel0 of permissions is not checked'));
  fields.take(40, 'GCSH', flag('guarded control stacks are AssuredOnly', 'guarded control stacks are as all memory'));
  fields.reserved(39);
  takeFlags(fields, 38, [
    ['D128', 'descriptors have 128 bits', 'descriptors have 64 bits'],
    ['S2POE', 'permission overlays', 'no permission overlays'],
    ['S2PIE', 'permissions are indices', 'permissions are bits of descriptors'],
    ['TL1', 'TopLevel1 of permissions is checked', 'TopLevel1 of permissions is not checked'],
    ['AssuredOnly', 'bit 58 of descriptors is AssuredOnly', 'bit 58 of descriptors is no AssuredOnly'],
    ['SL2', 'with SL0: see there', 'with SL0: see there'],
    ['DS', 'descriptors have the LPA2 layout', 'descriptors have no LPA2 layout'],
    ['RES1', 'reserved', 'reserved, and should be 1'],
    ['NSA', 'outputs of Non-secure inputs are Non-secure', 'as VSTCR_EL2.SA says'],
    ['NSW', 'walks of Non-secure inputs are Non-secure', 'as VSTCR_EL2.SW says'],
  ]);
  fields.take(25, 'HWU', HARDWARE_USE('all'));
  fields.reserved(23);
  fields.take(22, 'HD', flag('hardware sets the dirty state', 'software sets the dirty state'));
  fields.take(21, 'HA', flag('hardware sets the access flag', 'software sets the access flag'));
  fields.reserved(20);
  fields.take(19, 'VS', flag('16 bits of VMID', '8 bits of VMID'));
  fields.take(16, 'PS', size);
  fields.take(14, 'TG0', TG0);
  fields.take(12, 'SH0', SHAREABILITY);
  fields.take(10, 'ORGN0', CACHING);
  fields.take(8, 'IRGN0', CACHING);
  const level = startLevel(value);
  fields.take(6, 'SL0', level === undefined ? RESERVED : `walks begin at level ${level}`);
  fields.take(0, 'T0SZ', input);
}

function explainTtbr(name: string, what: string): (fields: Fields, value: bigint) => void {
  return (fields, value) => {
    fields.take(48, name, (id) => `${what} ${id}`);
    const root = hex(value & 0xffff_ffff_fffen);
    fields.take(1, 'BADDR', `root table at ${root}; with 52 bits of output its bits 5:2 are 51:48`);
    fields.take(0, 'CnP', flag('shared with the other CPUs', "this CPU's own"));
  };
}

function explainMair(fields: Fields): void {
  for (let index = 7; index >= 0; index--)
    fields.take(8 * index, `Attr${index}`, (byte) => memoryTypeOf(byte) ?? RESERVED);
}

/** Fault status codes by their upper bits, with the level in the lower two (ESR_ELx.DFSC). */
const FAULTS: Readonly<Record<number, string>> = {
  0: 'address size fault',
  1: 'translation fault',
  2: 'access flag fault',
  3: 'permission fault',
  5: 'external abort on a walk',
  7: 'ECC error on a walk',
};
const OTHER_FAULTS: Readonly<Record<number, string>> = {
  41: 'address size fault at level -1',
  43: 'translation fault at level -1',
  19: 'external abort on a walk at level -1',
  48: 'TLB conflict',
  49: 'unsupported atomic update',
};

function faultName(status: number): string {
  const kind = FAULTS[status >> 2];
  return OTHER_FAULTS[status] ?? (kind === undefined ? RESERVED : `${kind} at level ${status & 3}`);
}

function explainPar(fields: Fields, value: bigint): void {
  if ((value & 1n) === 1n) {
    fields.take(48, 'IMPLEMENTATION DEFINED', 'whatever the CPU says');
    fields.reserved(12);
    fields.take(11, 'RES1', flag('reserved', 'reserved, and should be 1'));
    fields.reserved(10);
    fields.take(9, 'S', flag('in stage 2', 'in stage 1'));
    fields.take(8, 'PTW', flag('stage 2 faulted on a walk of stage 1', 'not on a walk of stage 1'));
    fields.reserved(7);
    fields.take(1, 'FST', faultName);
    fields.take(0, 'F', 'the translation failed');
    return;
  }
  fields.take(56, 'ATTR', (byte) => memoryTypeOf(byte) ?? RESERVED);
  fields.reserved(52);
  fields.take(12, 'PA', `output page at ${hex(value & 0xf_ffff_ffff_f000n)}`);
  fields.take(11, 'RES1', flag('reserved', 'reserved, and should be 1'));
  fields.take(10, 'IMPLEMENTATION DEFINED', 'whatever the CPU says');
  fields.take(9, 'NS', 'meant for Secure state');
  fields.take(7, 'SH', SHAREABILITY);
  fields.reserved(1);
  fields.take(0, 'F', 'the translation was done');
}
