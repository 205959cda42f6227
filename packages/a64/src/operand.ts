import { decodeBitmask, encodeBitmask, isBitmask, redundantRotation } from './bitmask.ts';
import { A64Error } from './error.ts';
import { fieldOfName, isFullyNamed, isNamedKind, type NamedKind, type NamedValues, nameOfField } from './names.ts';
import { sp, xzr } from './registers.ts';

/** What an operand holds: a number, also of a register from 0 to 30, a logical immediate, or a name, also `xzr` and `sp`. */
export type OperandValue = number | bigint | string;

/** A number as it is shown: that of an operand, or a constant of more bits than a number has. */
export type ShownNumber = number | bigint;

/** The value type that an operand of the table takes, from its `kind:` prefix. */
export type ValueOf<
  Spec extends string,
  Relative = number,
  Immediate = number,
> = Spec extends `${infer K extends NamedKind}:${string}`
  ? NamedValues[K]
  : Spec extends `bitmask:${string}`
    ? bigint
    : Spec extends `${'pc' | 'page'}:${string}`
      ? Relative
      : Spec extends `${string}<31`
        ? number
        : Spec extends `${'r' | 'x' | 'w' | 'xw' | 'rx'}:${string}`
          ? number | typeof xzr
          : Spec extends `${'rsp' | 'xsp' | 'wsp'}:${string}`
            ? number | typeof sp
            : Spec extends `any:${string}`
              ? number | typeof xzr | typeof sp
              : Spec extends `wide:${string}`
                ? number | bigint
                : Spec extends `${'u' | 'n'}:i${string}`
                  ? Immediate
                  : number;

const registerKinds = ['x', 'w', 'xw', 'xsp', 'wsp', 'fd', 'fq', 'v'] as const;
const numberKinds = ['u', 'n', 's', 'zero', 'pc', 'page', 'bitmask', 'bitmask32', 'redundant'] as const;

/** The kinds of operands, once the width of the row is known; `instructions.ts` explains them. */
export type OperandKind = (typeof registerKinds)[number] | (typeof numberKinds)[number] | NamedKind;

/** A run of bits of the word. */
interface Piece {
  /** The number of its lowest bit in the word. */
  readonly shift: number;
  readonly width: number;
  /** As many ones. */
  readonly mask: number;
}

/** One operand of one instruction: its kind, and where its bits lie in the word. */
export interface Operand {
  readonly kind: OperandKind;
  /** The number of bits of the field. */
  readonly width: number;
  /** The field's bits in the word, most significant first. */
  readonly pieces: readonly Piece[];
  /** Its only piece, where any bits there are the number: registers, for instance. */
  readonly plain: Piece | undefined;
  /** The least and the most that the field can be. */
  readonly least: number;
  readonly most: number;
  /** What register 31 is called; `undefined` for what is no general-purpose register. */
  readonly last: typeof xzr | typeof sp | undefined;
  /** The kind again, where its values are names. */
  readonly names: NamedKind | undefined;
  /** What the field counts; the operand's number is the field times this. */
  readonly scale: number;
  readonly signed: boolean;
  /** Numbers from here on are reserved. */
  readonly limit: number;
  /** Which fields mean something, where not all do. */
  readonly isAssigned: ((field: number) => boolean) | undefined;
  /** For `xw`: the bits of the word that are all set where the register is 64-bit. */
  readonly selector: number;
  /** The number that the operand has where it is not given. */
  readonly fallback: number | undefined;
}

const kinds: ReadonlySet<string> = new Set([...registerKinds, ...numberKinds]);
const isKind = (text: string): text is OperandKind => kinds.has(text) || isNamedKind(text);

const SPEC = /^(\w+):([A-Za-z]+)(?:\*(\d+))?(?:<(\d+))?(?:\?([a-z]))?(?:=(\w+))?$/;

/** Reads an operand of the table, in which no width is left open, against a pattern of 32 letters. */
export function compileOperand(spec: string, pattern: string): Operand {
  const [, kind = '', fields = '', scale = '1', limit = 'Infinity', selector = '', fallback] = SPEC.exec(spec) ?? [];
  if (!isKind(kind))
    throw new A64Error('EINVAL', `unknown operand ${spec}`, 'see the list above the table for the kinds');
  const pieces = [...fields].flatMap((letter) => piecesOf(letter, pattern));
  if (pieces.length === 0) throw new A64Error('EINVAL', `${spec} names no bits of ${pattern}`, 'mend the table');
  const width = pieces.reduce((sum, piece) => sum + piece.width, 0);
  const signed = kind === 's' || kind === 'pc' || kind === 'page';
  const isAssigned = assignedFields(kind, width);
  const isPlain = pieces.length === 1 && !signed && isAssigned === undefined && limit === 'Infinity' && scale === '1';
  return {
    kind,
    width,
    pieces,
    plain: isPlain ? pieces[0] : undefined,
    least: signed ? -(2 ** (width - 1)) : 0,
    most: Math.min(2 ** (signed ? width - 1 : width) - 1, Math.ceil(Number(limit) / Number(scale)) - 1),
    last: lastRegister(kind),
    names: isNamedKind(kind) ? kind : undefined,
    scale: Number(scale),
    signed,
    limit: Number(limit),
    isAssigned,
    selector: [...selector].reduce((mask, letter) => mask | maskOf(piecesOf(letter, pattern)), 0),
    fallback: fallback === undefined ? undefined : isNamedKind(kind) ? fieldOfName(kind, fallback) : Number(fallback),
  };
}

/** The runs of a letter in a pattern, highest first. */
function piecesOf(letter: string, pattern: string): Piece[] {
  const pieces: Piece[] = [];
  for (let at = pattern.indexOf(letter); at !== -1; at = pattern.indexOf(letter, at)) {
    const start = at;
    while (pattern[at] === letter) at++;
    pieces.push({ shift: 32 - at, width: at - start, mask: 2 ** (at - start) - 1 });
  }
  return pieces;
}

const maskOf = (pieces: readonly Piece[]): number => pieces.reduce((all, { shift, mask }) => all | (mask << shift), 0);

/** The bits of a word that an operand takes up. */
export const operandMask = (operand: Operand): number => maskOf(operand.pieces) >>> 0;

/**
 * The number of an operand in a word, or `undefined` where it is reserved: a register, an immediate times its scale, an
 * offset in bytes, or of a name or a logical immediate the field.
 */
export function readOperand(operand: Operand, word: number): number | undefined {
  const { pieces, isAssigned } = operand;
  let field = 0;
  for (let at = 0; at < pieces.length; at++) {
    const piece = pieces[at];
    if (piece === undefined) break;
    field = (field << piece.width) | ((word >>> piece.shift) & piece.mask);
  }
  if (operand.signed && field > operand.most) field -= 2 ** operand.width;
  const number = field * operand.scale;
  if (number >= operand.limit) return undefined;
  if (isAssigned === undefined) return number;
  if (operand.kind === 'redundant') return redundantRotation(field);
  return isAssigned(field) ? number : undefined;
}

/** Which fields of a kind and width mean something; `undefined` where all do. */
function assignedFields(kind: OperandKind, width: number): Operand['isAssigned'] {
  if (kind === 'bitmask' || kind === 'redundant') return isBitmask;
  if (kind === 'bitmask32') return (field) => field < 0x1000 && isBitmask(field);
  if (!isNamedKind(kind) || isFullyNamed(kind, width)) return undefined;
  return (field) => nameOfField(kind, field) !== undefined;
}

/**
 * The bits of a word that hold an operand's number.
 *
 * @throws A64Error `ERANGE` where the field cannot hold it.
 */
export function writeOperand(operand: Operand, number: number): number {
  const { pieces, scale, least, most } = operand;
  let field = number / scale;
  if (!Number.isInteger(field) || field < least || field > most) {
    throw new A64Error(
      'ERANGE',
      `${number} does not fit operand ${operand.kind}`,
      `give ${least * scale} to ${most * scale} in steps of ${scale}`,
      { value: number },
    );
  }
  // Of N:immr:imms it is immr.
  if (operand.kind === 'redundant') field *= 64;
  let word = 0;
  for (let at = pieces.length - 1; at >= 0; at--) {
    const piece = pieces[at];
    if (piece === undefined) break;
    word |= (field & piece.mask) << piece.shift;
    field >>= piece.width;
  }
  return word >>> 0;
}

const REPEAT = 0x1_0000_0001n;

/** Register 31: zero or the stack pointer, by the kind of the operand. */
const LAST = 31;

/** The name of register 31 in an operand of this kind; `undefined` for what is not a general-purpose register. */
function lastRegister(kind: OperandKind): typeof xzr | typeof sp | undefined {
  switch (kind) {
    case 'x':
    case 'w':
    case 'xw':
      return xzr;
    case 'xsp':
    case 'wsp':
      return sp;
    default:
      return undefined;
  }
}

/** What the number of an operand stands for: itself, a name, or a logical immediate. */
export function valueOfNumber(operand: Operand, number: number): OperandValue {
  const { kind, last, names } = operand;
  if (names !== undefined) return nameOfField(names, number) ?? '';
  if (number === LAST && last !== undefined) return last;
  if (kind === 'bitmask') return decodeBitmask(number) ?? 0n;
  if (kind === 'bitmask32') return BigInt.asUintN(32, decodeBitmask(number) ?? 0n);
  return number;
}

/**
 * The number of an operand that is given as a value.
 *
 * @throws A64Error `EINVAL` for a value of the wrong type or an unknown name, `ERANGE` for what is not a logical immediate.
 */
export function numberOfValue(operand: Operand, value: OperandValue): number {
  const { kind, last, names } = operand;
  if (names !== undefined) return nameField(names, value);
  if (last !== undefined) return typeof value === 'number' && value !== LAST ? value : numberOfLast(kind, last, value);
  if (kind === 'bitmask' || kind === 'bitmask32') return logicalField(kind, value);
  if (typeof value === 'number') return value;
  throw new A64Error('EINVAL', `${String(value)} is not a number`, `give a number for operand ${kind}`, { value });
}

/** Register 31 by its name; its number would be taken for whichever of the two a form happens to have. */
function numberOfLast(kind: OperandKind, last: typeof xzr | typeof sp, value: OperandValue): number {
  if (value === last) return LAST;
  if (value === xzr || value === sp) {
    const hint = last === xzr ? 'take a form with SP: .imm or .ext' : 'take a form with XZR: that of registers';
    throw new A64Error('EINVAL', `operand ${kind} cannot be ${value}: register 31 is ${last} there`, hint, { value });
  }
  if (value === LAST) {
    throw new A64Error('EINVAL', `31 does not say whether xzr or sp is meant`, `give ${last} for operand ${kind}`, {
      value,
    });
  }
  throw new A64Error('EINVAL', `${String(value)} is not a number`, `give a register for operand ${kind}`, { value });
}

function nameField(kind: NamedKind, value: OperandValue): number {
  const field = typeof value === 'string' ? fieldOfName(kind, value) : undefined;
  if (field !== undefined) return field;
  throw new A64Error('EINVAL', `${String(value)} is not a known ${kind}`, 'take one of the names that its type lists', {
    value,
  });
}

function logicalField(kind: 'bitmask' | 'bitmask32', value: OperandValue): number {
  if (typeof value === 'number') {
    throw new A64Error('EINVAL', `${value} is a number, not a bigint`, `give ${Math.trunc(value) || 0}n`, { value });
  }
  const bits = kind === 'bitmask' ? 64 : 32;
  const fits = typeof value === 'bigint' && value >= -(2n ** BigInt(bits - 1)) && value < 2n ** BigInt(bits);
  const field = fits ? encodeBitmask(bits === 64 ? value : BigInt.asUintN(32, value) * REPEAT) : undefined;
  if (field !== undefined) return field;
  throw new A64Error('ERANGE', `${String(value)} is not a logical immediate`, 'load it into a register first', {
    value,
  });
}

/**
 * How GNU `objdump` writes an operand's number. With the address of its instruction PC-relative operands are written as
 * addresses, without one relative to it (`.+8`).
 */
export function printNumber(
  operand: Operand,
  number: number,
  word: number,
  address: bigint | undefined,
  label?: LabelOf,
): string {
  switch (operand.kind) {
    case 'x':
      return number === 31 ? 'xzr' : `x${number}`;
    case 'w':
      return number === 31 ? 'wzr' : `w${number}`;
    case 'xw': {
      const wide = (word & operand.selector) === operand.selector;
      return (wide ? 'x' : 'w') + (number === 31 ? 'zr' : number);
    }
    case 'xsp':
      return number === 31 ? 'sp' : `x${number}`;
    case 'wsp':
      return number === 31 ? 'wsp' : `w${number}`;
    case 'fd':
      return `d${number}`;
    case 'fq':
      return `q${number}`;
    case 'v':
      return `v${number}`;
    case 'u':
      return `0x${number.toString(16)}`;
    case 'zero':
      return '0';
    case 'pc':
    case 'page':
      return printTarget(operand.kind, number, address, label);
    case 'bitmask':
    case 'bitmask32':
      return `0x${valueOfNumber(operand, number).toString(16)}`;
    default:
      return String(valueOfNumber(operand, number));
  }
}

/** What an address is called; `undefined` where it has no name. */
export type LabelOf = (address: bigint) => string | undefined;

function printTarget(kind: 'pc' | 'page', offset: number, address: bigint | undefined, label?: LabelOf): string {
  if (address === undefined) return offset < 0 ? `.${offset}` : `.+${offset}`;
  const target = targetOf(kind, offset, address);
  return label?.(target) ?? `0x${target.toString(16)}`;
}

/** Where a PC-relative operand of the instruction at an address leads. */
export function targetOf(kind: 'pc' | 'page', offset: number, address: bigint): bigint {
  const base = kind === 'page' ? address & ~0xfffn : address;
  return BigInt.asUintN(64, base + BigInt(offset));
}
