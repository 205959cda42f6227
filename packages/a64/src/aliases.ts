import { decodeBitmask } from './bitmask.ts';
import { fieldOfName } from './names.ts';
import type { Instruction } from './row.ts';
import { parseSyntax, type SyntaxPart } from './syntax.ts';

/** The numbers of a word's operands; a missing one cannot happen, and reads as 0. */
type Numbers = Float64Array;

/** A second spelling of some words of a row, which the Arm ARM prefers in disassembly ("Alias conditions" of the instruction). */
interface Alias {
  /** Of the words of the row, those that it spells. */
  readonly when: (operands: Numbers, width: 32 | 64) => boolean;
  /** As in the table, over `operands`. */
  readonly syntax: string;
  /** What is printed instead of the operands, where that differs: their numbers, or text. */
  readonly operands?: (operands: Numbers, width: 32 | 64) => readonly (number | string)[];
}

/** The alias holds where these operands are 31, the zero register. */
const zero =
  (...positions: readonly number[]) =>
  (operands: Numbers): boolean =>
    positions.every((position) => operands[position] === 31);

const same =
  (a: number, b: number) =>
  (operands: Numbers): boolean =>
    operands[a] === operands[b];

const always = (): boolean => true;

// Bit fields: operands are d, n, r (rotate right by) and s (the last bit that is kept).
const isRightShift = ([, , , s]: Numbers, width: number): boolean => s === width - 1;
const isLeftShift = ([, , r = 0, s = 0]: Numbers): boolean => s + 1 === r;
const isInsert = ([, , r = 0, s = 0]: Numbers): boolean => s < r;
const isExtend =
  (last: number) =>
  ([, , r, s]: Numbers): boolean =>
    r === 0 && s === last;
const inserted = ([d = 0, n = 0, r = 0, s = 0]: Numbers, width: number): number[] => [d, n, width - r, s + 1];
const extracted = ([d = 0, n = 0, r = 0, s = 0]: Numbers): number[] => [d, n, r, s - r + 1];
const narrowSource = ([d = 0, n = 0]: Numbers): (number | string)[] => [d, n === 31 ? 'wzr' : `w${n}`];

// Move wide: operands are d, the immediate and its shift. A zero that is shifted keeps its base form.
const isPlainMove = ([, immediate, shift]: Numbers): boolean => immediate !== 0 || shift === 0;
const wideValue = ([, immediate = 0, shift = 0]: Numbers): bigint => BigInt(immediate) << BigInt(shift);
const hexadecimal = (value: bigint, width: number): string => `0x${BigInt.asUintN(width, value).toString(16)}`;

/** Whether MOVZ or MOVN makes the value too: then MOV means that one (`MoveWidePreferred`). */
function isMoveWide(value: bigint, width: 32 | 64): boolean {
  const fits = (wanted: bigint): boolean =>
    [0n, 16n, 32n, 48n].some((shift) => (wanted & ~(0xffffn << shift)) === 0n && shift < width);
  return fits(BigInt.asUintN(width, value)) || fits(BigInt.asUintN(width, ~value));
}

// Conditional select: operands are d, n, m and the condition.
const UNCONDITIONAL = 14; // AL and NV have no inverse
const isConditional = ([, n, m, condition = 0]: Numbers): boolean => n === m && condition < UNCONDITIONAL;
const inverted = ([d = 0, n = 0, m = 0, condition = 0]: Numbers): number[] => [d, n, m, condition ^ 1];
const selects = (whenZero: string | undefined, otherwise: string): Alias[] => [
  ...(whenZero === undefined
    ? []
    : [
        {
          when: (o: Numbers): boolean => isConditional(o) && zero(1)(o),
          syntax: `${whenZero} %0, %3`,
          operands: inverted,
        },
      ]),
  { when: isConditional, syntax: `${otherwise} %0, %1, %3`, operands: inverted },
];

// Extended registers: the extension that changes nothing is LSL where a register of the form is the stack pointer.
const plainExtension = (width: number): number | undefined => fieldOfName('extend', width === 64 ? 'uxtx' : 'uxtw');
const shiftsBesideSp =
  (...positions: readonly number[]) =>
  (o: Numbers, width: number): boolean =>
    o[3] === plainExtension(width) && positions.some((position) => o[position] === 31);
const extendedCompare = (mnemonic: string): Alias[] => [
  { when: (o, width) => zero(0)(o) && shiftsBesideSp(1)(o, width), syntax: `${mnemonic} %1, %2(, lsl #%4)` },
  { when: zero(0), syntax: `${mnemonic} %1, %2, %3( #%4)` },
];

/** Without acquire semantics and a result, an atomic load is a store: operands are order, s, t and n. */
const atomicStores = (operation: string, size: string): Alias[] => [
  {
    when: ([order = 0, , t]) => order < 2 && t === 31,
    syntax: `st${operation}%0${size} %1, [%3]`,
  },
];

const atomicAliases = ['add', 'clr', 'eor', 'set', 'smax', 'smin', 'umax', 'umin'].flatMap((operation) =>
  ['', 'b', 'h'].map((size) => [`ld${operation}${size}`, atomicStores(operation, size)] as const),
);

/** The aliases of each row; the first that holds is meant. */
const aliases: Readonly<Record<string, readonly Alias[]>> = {
  'add.imm': [{ when: ([d, n, immediate]) => immediate === 0 && (d === 31 || n === 31), syntax: 'mov %0, %1' }],
  'adds.imm': [{ when: zero(0), syntax: 'cmn %1, #%2' }],
  'adds.imm12': [{ when: zero(0), syntax: 'cmn %1, #%2, lsl #12' }],
  'subs.imm': [{ when: zero(0), syntax: 'cmp %1, #%2' }],
  'subs.imm12': [{ when: zero(0), syntax: 'cmp %1, #%2, lsl #12' }],
  'ands.imm': [{ when: zero(0), syntax: 'tst %1, #%2' }],
  'orr.imm': [
    {
      // MOVZ and MOVN cannot write the stack pointer, which is what 31 is in d.
      when: (o, width) => zero(1)(o) && (o[0] === 31 || !isMoveWide(decodeBitmask(o[2] ?? 0) ?? 0n, width)),
      syntax: 'mov %0, #%2',
    },
  ],
  movz: [
    { when: isPlainMove, syntax: 'mov %0, #%1', operands: (o, width) => [o[0] ?? 0, hexadecimal(wideValue(o), width)] },
  ],
  movn: [
    {
      when: (o, width) => isPlainMove(o) && (width === 64 || o[1] !== 0xffff),
      syntax: 'mov %0, #%1',
      operands: (o, width) => [o[0] ?? 0, hexadecimal(~wideValue(o), width)],
    },
  ],
  sbfm: [
    { when: isRightShift, syntax: 'asr %0, %1, #%2' },
    { when: isInsert, syntax: 'sbfiz %0, %1, #%2, #%3', operands: inserted },
    { when: isExtend(7), syntax: 'sxtb %0, %1', operands: narrowSource },
    { when: isExtend(15), syntax: 'sxth %0, %1', operands: narrowSource },
    { when: isExtend(31), syntax: 'sxtw %0, %1', operands: narrowSource },
    { when: always, syntax: 'sbfx %0, %1, #%2, #%3', operands: extracted },
  ],
  bfm: [
    { when: (o) => isInsert(o) && zero(1)(o), syntax: 'bfc %0, #%2, #%3', operands: inserted },
    { when: isInsert, syntax: 'bfi %0, %1, #%2, #%3', operands: inserted },
    { when: always, syntax: 'bfxil %0, %1, #%2, #%3', operands: extracted },
  ],
  ubfm: [
    { when: isRightShift, syntax: 'lsr %0, %1, #%2' },
    {
      when: isLeftShift,
      syntax: 'lsl %0, %1, #%2',
      operands: ([d = 0, n = 0, , s = 0], width) => [d, n, width - 1 - s],
    },
    { when: isInsert, syntax: 'ubfiz %0, %1, #%2, #%3', operands: inserted },
    { when: (o, width) => width === 32 && isExtend(7)(o), syntax: 'uxtb %0, %1' },
    { when: (o, width) => width === 32 && isExtend(15)(o), syntax: 'uxth %0, %1' },
    { when: always, syntax: 'ubfx %0, %1, #%2, #%3', operands: extracted },
  ],
  extr: [{ when: same(1, 2), syntax: 'ror %0, %1, #%3' }],
  lslv: [{ when: always, syntax: 'lsl %0, %1, %2' }],
  lsrv: [{ when: always, syntax: 'lsr %0, %1, %2' }],
  asrv: [{ when: always, syntax: 'asr %0, %1, %2' }],
  rorv: [{ when: always, syntax: 'ror %0, %1, %2' }],
  orr: [{ when: (o) => zero(1)(o) && o[3] === 0 && o[4] === 0, syntax: 'mov %0, %2' }],
  orn: [{ when: zero(1), syntax: 'mvn %0, %2(, %4 #%3)' }],
  ands: [{ when: zero(0), syntax: 'tst %1, %2(, %4 #%3)' }],
  adds: [{ when: zero(0), syntax: 'cmn %1, %2(, %4 #%3)' }],
  sub: [{ when: zero(1), syntax: 'neg %0, %2(, %4 #%3)' }],
  subs: [
    { when: zero(0), syntax: 'cmp %1, %2(, %4 #%3)' },
    { when: zero(1), syntax: 'negs %0, %2(, %4 #%3)' },
  ],
  'add.ext': [{ when: shiftsBesideSp(0, 1), syntax: 'add %0, %1, %2(, lsl #%4)' }],
  'adds.ext': [...extendedCompare('cmn'), { when: shiftsBesideSp(1), syntax: 'adds %0, %1, %2(, lsl #%4)' }],
  'sub.ext': [{ when: shiftsBesideSp(0, 1), syntax: 'sub %0, %1, %2(, lsl #%4)' }],
  'subs.ext': [...extendedCompare('cmp'), { when: shiftsBesideSp(1), syntax: 'subs %0, %1, %2(, lsl #%4)' }],
  sbc: [{ when: zero(1), syntax: 'ngc %0, %2' }],
  sbcs: [{ when: zero(1), syntax: 'ngcs %0, %2' }],
  csinc: selects('cset', 'cinc'),
  csinv: selects('csetm', 'cinv'),
  csneg: selects(undefined, 'cneg'),
  madd: [{ when: zero(3), syntax: 'mul %0, %1, %2' }],
  msub: [{ when: zero(3), syntax: 'mneg %0, %1, %2' }],
  smaddl: [{ when: zero(3), syntax: 'smull %0, %1, %2' }],
  smsubl: [{ when: zero(3), syntax: 'smnegl %0, %1, %2' }],
  umaddl: [{ when: zero(3), syntax: 'umull %0, %1, %2' }],
  umsubl: [{ when: zero(3), syntax: 'umnegl %0, %1, %2' }],
  'orr.16b': [{ when: same(1, 2), syntax: 'mov %0.16b, %1.16b' }],
  'umov.d': [{ when: always, syntax: 'mov %0, %1.d[%2]' }],
  'umov.s': [{ when: always, syntax: 'mov %0, %1.s[%2]' }],
  'ins.d': [{ when: always, syntax: 'mov %0.d[%1], %2' }],
  'ins.s': [{ when: always, syntax: 'mov %0.s[%1], %2' }],
  ...Object.fromEntries(atomicAliases),
};

/** How one word is spelled as an alias. */
export interface Spelling {
  readonly syntax: readonly SyntaxPart[];
  /** What is printed for the row's operands: their numbers, or text. */
  readonly operands: ArrayLike<number | string>;
}

const compiled = new Map(
  Object.entries(aliases).map(([row, list]) => [
    row,
    list.map((alias) => ({ ...alias, parts: parseSyntax(alias.syntax) })),
  ]),
);

/** The preferred spelling of a word of an instruction, where that is not the row's own. */
export function preferredSpelling({ row, bits }: Instruction, operands: Numbers): Spelling | undefined {
  const alias = compiled.get(row)?.find(({ when }) => when(operands, bits));
  return alias && { syntax: alias.parts, operands: alias.operands?.(operands, bits) ?? operands };
}
