import { lazily } from './lazily.ts';
import {
  type BareSystemOperation,
  bareOperationNames,
  fieldOfNumbers,
  operationNames,
  registerByNumbers,
  registerNames,
  type SystemOperation,
  type SystemRegister,
} from './system.ts';

// Each list is by the value of the field; '-' is reserved.
const conditions = 'eq ne cs cc mi pl vs vc hi ls ge lt gt le al nv';
/** HS (unsigned higher or same) and LO (unsigned lower) are CS and CC. */
const conditionSynonyms: ReadonlyMap<string, number> = new Map([
  ['hs', 2],
  ['lo', 3],
]);
const shifts = 'lsl lsr asr ror';
const extensions = 'uxtb uxth uxtw uxtx sxtb sxth sxtw sxtx';
// Of a register offset, by option<2> and option<0>: option<1> is 1, and UXTX is written LSL (LDR (register)).
const indexExtensions = 'uxtw lsl sxtw sxtx';
const barriers = '- oshld oshst osh - nshld nshst nsh - ishld ishst ish - ld st sy';
const nxsBarriers = 'oshnxs nshnxs ishnxs synxs';
const prefetchTargets = ['pld', 'pli', 'pst'];
const prefetchPolicies = 'l1keep l1strm l2keep l2strm l3keep l3strm - -'.split(' ');
const arrangements = '16b 8h 4s 2d';
// The hints that have a name and no row of their own, by CRm:op2.
const hints: Readonly<Record<number, string>> = {
  7: 'xpaclri',
  8: 'pacia1716',
  10: 'pacib1716',
  12: 'autia1716',
  14: 'autib1716',
  17: 'psb csync',
  18: 'tsb csync',
  22: 'clearbhb',
  24: 'paciaz',
  25: 'paciasp',
  26: 'pacibz',
  27: 'pacibsp',
  28: 'autiaz',
  29: 'autiasp',
  30: 'autibz',
  31: 'autibsp',
  32: 'bti',
  34: 'bti c',
  36: 'bti j',
  38: 'bti jc',
};
// Suffixes, by their field: acquire and release; how CPY* and SET* access memory.
const orders = ['', 'l', 'a', 'al'];
const copyHints = ['', 'wn', 'rn', 'n'].flatMap((temporal) => ['', 'wt', 'rt', 't'].map((user) => user + temporal));
const setHints = ['', 't', 'n', 'tn'];

type Split<Text extends string> = Text extends `${infer First} ${infer Rest}` ? First | Split<Rest> : Text;
type Hexadecimal = `#0x${string}`;

/** A condition code; `hs` and `lo` are other names of `cs` and `cc`. */
export type Condition = Split<typeof conditions> | 'hs' | 'lo';
/** How a register operand is shifted. */
export type Shift = Split<typeof shifts>;
/** How a register operand is extended. */
export type Extension = Split<typeof extensions>;
/** How the register of an address is extended. */
export type IndexExtension = Split<typeof indexExtensions>;
/** The domain and access types of a DSB or DMB, or its number, as `#0x08`. */
export type Barrier = Exclude<Split<typeof barriers>, '-'> | Hexadecimal;
/** The domain of a DSB nXS. */
export type NxsBarrier = Split<typeof nxsBarriers>;
/** A prefetch operation of PRFM, or its number, as `#0x18`. */
export type Prefetch = `p${'ld' | 'li' | 'st'}l${1 | 2 | 3}${'keep' | 'strm'}` | Hexadecimal;
/** The elements of a 128-bit SIMD register. */
export type Arrangement = Split<typeof arrangements>;
/** Acquire, release, both or neither, as the suffix of an atomic instruction. */
export type Order = '' | 'a' | 'l' | 'al';
/** Unprivileged and non-temporal accesses of CPY*, as the suffix of the instruction. */
export type CopyHint = `${'' | 'wt' | 'rt' | 't'}${'' | 'wn' | 'rn' | 'n'}`;
/** Unprivileged and non-temporal accesses of SET*, as the suffix of the instruction. */
export type SetHint = '' | 't' | 'n' | 'tn';

/** What each kind of operand that is written as a name takes. */
export interface NamedValues {
  readonly cond: Condition;
  readonly shift: Shift;
  readonly extend: Extension;
  readonly index: IndexExtension;
  readonly barrier: Barrier;
  readonly nxs: NxsBarrier;
  readonly prefetch: Prefetch;
  readonly arrangement: Arrangement;
  readonly order: Order;
  readonly copyhint: CopyHint;
  readonly sethint: SetHint;
  /** As GNU `as` writes it: `bti c`, `psb csync`, or by number, `hint #0x64`. */
  readonly hint: string;
  readonly sysreg: SystemRegister;
  readonly sysop: SystemOperation;
  readonly bareop: BareSystemOperation;
}

/** The operand kinds that are written as a name. */
export type NamedKind = keyof NamedValues;

/** The names of one kind, and how a value without a name is written, where it can be. */
interface Names {
  readonly byField: ReadonlyMap<number, string>;
  readonly byName: ReadonlyMap<string, number>;
  readonly print?: (field: number) => string;
  readonly parse?: (name: string) => number | undefined;
}

const invert = (byField: ReadonlyMap<number, string>): Map<string, number> =>
  new Map([...byField].map(([field, name]) => [name, field]));

const named = (byField: ReadonlyMap<number, string>): Names => ({ byField, byName: invert(byField) });

const listed = (names: readonly string[]): Names =>
  named(new Map([...names.entries()].filter(([, name]) => name !== '-')));

const numbered = (names: Names, prefix: string, width: number): Names => ({
  ...names,
  print: (field) => `${prefix}#0x${field.toString(16).padStart(width, '0')}`,
  parse: (name) => {
    const digits = name.startsWith(`${prefix}#`) ? name.slice(prefix.length + 1) : '';
    return /^(0x[0-9a-f]+|\d+)$/.test(digits) ? Number(digits) : undefined;
  },
});

const tables: Readonly<Record<NamedKind, () => Names>> = {
  cond: lazily(() => ({ ...listed(conditions.split(' ')), parse: (name) => conditionSynonyms.get(name) })),
  shift: lazily(() => listed(shifts.split(' '))),
  extend: lazily(() => listed(extensions.split(' '))),
  index: lazily(() => listed(indexExtensions.split(' '))),
  barrier: lazily(() => numbered(listed(barriers.split(' ')), '', 2)),
  nxs: lazily(() => listed(nxsBarriers.split(' '))),
  prefetch: lazily(() =>
    numbered(
      listed(prefetchTargets.flatMap((target) => prefetchPolicies.map((p) => (p === '-' ? p : target + p)))),
      '',
      2,
    ),
  ),
  arrangement: lazily(() => listed(arrangements.split(' '))),
  order: lazily(() => listed(orders)),
  copyhint: lazily(() => listed(copyHints)),
  sethint: lazily(() => listed(setHints)),
  hint: lazily(() =>
    numbered(named(new Map(Object.entries(hints).map(([field, name]) => [Number(field), name]))), 'hint ', 1),
  ),
  sysreg: lazily(() => ({ ...named(registerNames()), print: registerByNumbers, parse: fieldOfNumbers })),
  sysop: lazily(() => named(operationNames())),
  bareop: lazily(() => named(bareOperationNames())),
};

/** Whether operands of this kind are written as names. */
export const isNamedKind = (kind: string): kind is NamedKind => Object.hasOwn(tables, kind);

/** The field of a name, or `undefined` where the kind has no such name. */
export function fieldOfName(kind: NamedKind, name: string): number | undefined {
  const { byName, parse } = tables[kind]();
  return byName.get(name) ?? parse?.(name);
}

/** The name of a field, or `undefined` where it is reserved or has none. */
export function nameOfField(kind: NamedKind, field: number): string | undefined {
  const { byField, print } = tables[kind]();
  return byField.get(field) ?? print?.(field);
}

/** Whether every field of so many bits has a name, or is written by its number. */
export function isFullyNamed(kind: NamedKind, width: number): boolean {
  const { byField, print } = tables[kind]();
  return print !== undefined || byField.size === 2 ** width;
}
