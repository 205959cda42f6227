import { decodeBitmask, encodeBitmask } from './bitmask.ts';
import { A64Error } from './error.ts';
import type { BareSystemOperation, Barrier, Condition, SystemOperation, SystemRegister } from './system.ts';
import { type NamedKind, nameOfValue, valueOfName } from './system.ts';

/** What an operand holds once decoded: a number, a 64-bit logical immediate, or a name. */
export type OperandValue = number | bigint | string;

/** The value type that an operand of the table takes, from its `kind:` prefix. */
export type ValueOf<Spec extends string> = Spec extends `bitmask:${string}`
  ? bigint
  : Spec extends `cond:${string}`
    ? Condition
    : Spec extends `barrier:${string}`
      ? Barrier
      : Spec extends `sysreg:${string}`
        ? SystemRegister
        : Spec extends `sysop:${string}`
          ? SystemOperation
          : Spec extends `bareop:${string}`
            ? BareSystemOperation
            : number;

type Kind = 'x' | 'xsp' | 'w' | 'u' | 's' | 'pc' | 'bitmask' | NamedKind;

/** One operand of one instruction: its kind, its scale, and where its bits lie in the word. */
export interface Operand {
  readonly kind: Kind;
  readonly scale: number;
  /** Bit numbers in the word, most significant bit of the operand first. */
  readonly positions: readonly number[];
}

const kinds: ReadonlySet<string> = new Set<Kind>([
  'x',
  'xsp',
  'w',
  'u',
  's',
  'pc',
  'bitmask',
  'cond',
  'barrier',
  'sysreg',
  'sysop',
  'bareop',
]);
const isKind = (text: string): text is Kind => kinds.has(text);

/** Reads an operand of the table: `kind:fields[*scale]` against the letters of a 32-character bit pattern. */
export function compileOperand(spec: string, pattern: string): Operand {
  const [kind = '', rest = ''] = spec.split(':');
  const [fields = '', scale = '1'] = rest.split('*');
  if (!isKind(kind)) throw new A64Error('EINVAL', `unknown operand kind in ${spec}`, 'see the list above the table');
  const positions = [...fields].flatMap((letter) =>
    [...pattern].flatMap((bit, index) => (bit === letter ? [31 - index] : [])),
  );
  if (positions.length === 0) throw new A64Error('EINVAL', `${spec} names no bits of ${pattern}`, 'mend the table');
  return { kind, scale: Number(scale), positions };
}

/** Gathers an operand's raw field from a word. */
function extract(operand: Operand, word: number): number {
  let field = 0;
  for (const position of operand.positions) field = field * 2 + ((word >>> position) & 1);
  return field;
}

/** Spreads a raw field over its bits of a word. */
function deposit(operand: Operand, field: number): number {
  let word = 0;
  operand.positions.forEach((position, index) => {
    const bit = Math.floor(field / 2 ** (operand.positions.length - 1 - index)) % 2;
    word |= bit << position;
  });
  return word >>> 0;
}

const isNamed = (kind: Kind): kind is NamedKind =>
  kind === 'cond' || kind === 'barrier' || kind === 'sysreg' || kind === 'sysop' || kind === 'bareop';

/**
 * The bits that hold `value`.
 *
 * @throws A64Error `ERANGE` where the field cannot hold the value, `EINVAL` where it is of the wrong sort.
 */
export function encodeOperand(operand: Operand, value: OperandValue): number {
  if (isNamed(operand.kind)) return deposit(operand, encodeName(operand.kind, value));
  if (operand.kind === 'bitmask') return deposit(operand, encodeLogical(value));
  return deposit(operand, encodeNumber(operand, value));
}

function encodeName(kind: NamedKind, value: OperandValue): number {
  const field = typeof value === 'string' ? valueOfName(kind, value) : undefined;
  if (field === undefined)
    throw new A64Error('EINVAL', `${String(value)} is not a known ${kind}`, 'see system.ts for the names');
  return field;
}

function encodeLogical(value: OperandValue): number {
  const field = typeof value === 'bigint' ? encodeBitmask(value) : undefined;
  if (field === undefined) {
    throw new A64Error('ERANGE', `${String(value)} is not a logical immediate`, 'load it into a register first');
  }
  return field;
}

function encodeNumber(operand: Operand, value: OperandValue): number {
  const width = operand.positions.length;
  const signed = operand.kind === 's' || operand.kind === 'pc';
  const least = signed ? -(2 ** (width - 1)) : 0;
  const most = signed ? 2 ** (width - 1) - 1 : 2 ** width - 1;
  const field = typeof value === 'number' ? value / operand.scale : Number.NaN;
  if (!Number.isInteger(field) || field < least || field > most) {
    throw new A64Error(
      'ERANGE',
      `${String(value)} does not fit operand ${operand.kind}`,
      `it takes ${least * operand.scale} to ${most * operand.scale} in steps of ${operand.scale}`,
    );
  }
  return field < 0 ? field + 2 ** width : field;
}

/** The value of an operand in a word, or `undefined` where the field is reserved or names nothing that is modelled. */
export function decodeOperand(operand: Operand, word: number): OperandValue | undefined {
  const field = extract(operand, word);
  if (isNamed(operand.kind)) return nameOfValue(operand.kind, field);
  if (operand.kind === 'bitmask') return decodeBitmask(field);
  const width = operand.positions.length;
  const signed = operand.kind === 's' || operand.kind === 'pc';
  return (signed && field >= 2 ** (width - 1) ? field - 2 ** width : field) * operand.scale;
}

/** How GNU `as` writes the operand; a `pc` operand is written relative to the instruction (`.+8`). */
export function printOperand(operand: Operand, value: OperandValue): string {
  switch (operand.kind) {
    case 'x':
      return value === 31 ? 'xzr' : `x${value}`;
    case 'xsp':
      return value === 31 ? 'sp' : `x${value}`;
    case 'w':
      return value === 31 ? 'wzr' : `w${value}`;
    case 'pc':
      return typeof value === 'number' && value < 0 ? `.${value}` : `.+${value}`;
    case 'bitmask':
      return typeof value === 'bigint' ? `0x${value.toString(16)}` : String(value);
    default:
      return String(value);
  }
}
