import type { AliasId } from './alias-table.ts';
import { type Alias, aliasIds, aliasOf, shownBy } from './aliases.ts';
import { encodeAny } from './codec.ts';
import { A64Error } from './error.ts';
import type { InstructionId } from './instructions.ts';
import { type Lo12, lo12 } from './labels.ts';
import { lazily } from './lazily.ts';
import {
  type Operand,
  type OperandKind,
  type OperandValue,
  printNumber,
  readOperand,
  type ShownNumber,
} from './operand.ts';
import { sp, xzr } from './registers.ts';
import { type Instruction, table } from './row.ts';
import { type SyntaxPart, writeSyntax } from './syntax.ts';

/** A line of assembly, read. */
export interface Line {
  readonly id: InstructionId | AliasId;
  /** In a PC-relative operand a label may stand, in others the low bits of one. */
  readonly operands: readonly (OperandValue | Lo12 | undefined)[];
}

/** A way in which an instruction is written. */
interface Form {
  readonly id: InstructionId | AliasId;
  readonly instruction: Instruction;
  readonly alias: Alias | undefined;
  readonly parts: readonly SyntaxPart[];
  /** What stands in the places of the syntax. */
  readonly places: readonly Operand[];
  /** The places that its operands are taken from, in their order, and which are constants of any size. */
  readonly inputs: readonly { readonly place: number; readonly isWide: boolean }[];
  /** The text that it begins with, and the whole. */
  readonly head: string;
  readonly pattern: RegExp;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** What may stand in a place, before it is looked at. */
function groupOf(operand: Operand | undefined): string {
  switch (operand?.kind) {
    case 'order':
    case 'copyhint':
    case 'sethint':
      return '[a-z]*';
    case 'hint':
    case 'sysop':
    case 'bareop':
      return '[a-z][\\w# ]*';
    case 'v':
    case 'arrangement':
      return '\\w+?';
    default:
      return '[^\\s,\\[\\]{}!]+';
  }
}

function patternOf(parts: readonly SyntaxPart[], places: readonly Operand[], seen: Set<number>): string {
  let pattern = '';
  for (const part of parts) {
    if (typeof part === 'string') pattern += escaped(part).replaceAll('#', '#?');
    else if ('optional' in part) pattern += `(?:${patternOf(part.optional, places, seen)})?`;
    else if (part.plus > 0 || seen.has(part.operand)) pattern += '\\w+?';
    else {
      seen.add(part.operand);
      pattern += `(?<o${part.operand}>${groupOf(places[part.operand])})`;
    }
  }
  return pattern;
}

function formOf(instruction: Instruction, alias: Alias | undefined): Form {
  const parts = alias?.parts ?? instruction.syntax;
  const places = alias?.shown ?? instruction.operands;
  const inputs =
    alias?.inputs.map(({ positions: [place = 0], kind }) => ({ place, isWide: kind === 'wide' })) ??
    instruction.operands.map((_, place) => ({ place, isWide: false }));
  const [first = ''] = parts;
  return {
    id: alias?.id ?? instruction.id,
    ...{ instruction, alias, parts, places, inputs },
    head: typeof first === 'string' ? (first.split(' ')[0] ?? '') : '',
    pattern: new RegExp(`^${patternOf(parts, places, new Set())}$`),
  };
}

/** Every form, aliases first. */
const allForms = lazily((): readonly Form[] => [
  ...aliasIds().flatMap((id) => {
    const alias = aliasOf(id);
    return alias === undefined ? [] : [formOf(alias.instruction, alias)];
  }),
  ...table().map((instruction) => formOf(instruction, undefined)),
]);

/** The letters of the registers of an operand, by its kind; `xw` is either. */
const LETTERS: Readonly<Partial<Record<OperandKind, string>>> = {
  x: 'x',
  xsp: 'x',
  w: 'w',
  wsp: 'w',
  xw: 'xw',
  fd: 'd',
  fq: 'q',
  v: 'v',
};

/** A register by its name, where it has one of these letters; whether it is one of the operand is seen later. */
function registerOf(text: string, letters = 'xwdqv'): OperandValue | undefined {
  const [, letter, number] = /^([xwdqv])(\d+|zr|sp)$/.exec(text === 'sp' ? 'xsp' : text) ?? [];
  if (letter === undefined || !letters.includes(letter)) return undefined;
  if (number === 'zr') return xzr;
  return number === 'sp' ? sp : Number(number);
}

/** Names as people and compilers give them to places. */
const LABEL = /^(?:[A-Za-z_.$][\w.$]*|\d+[bf])$/;
const isLabel = (text: string): boolean => LABEL.test(text) && !/^\.\d*$/.test(text) && registerOf(text) === undefined;

/** The value that a text is in an operand; `undefined` where it is none. */
function readValue(operand: Operand, isWide: boolean, text: string): OperandValue | Lo12 | undefined {
  const { kind, names } = operand;
  const low = /^:lo12:(.+)$/.exec(text)?.[1];
  if (low !== undefined) return lo12(low);
  // Names of registers and operations are written in either case.
  if (names !== undefined) return text.toLowerCase();
  if (kind === 'pc' || kind === 'page') {
    if (/^\.([+-]\d+)?$/.test(text)) return Number(text.slice(1));
    return isLabel(text) ? text : undefined;
  }
  const letters = LETTERS[kind];
  if (letters !== undefined) return registerOf(text, letters);
  const [, sign = '', digits] = /^#?(-?)(0x[0-9a-f]+|\d+)$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  // A shift by nothing that is written all the same is a bit of its own.
  if (kind === 'zero') return digits === '0' ? 1 : undefined;
  const number = sign === '' ? BigInt(digits) : -BigInt(digits);
  return isWide || kind === 'bitmask' || kind === 'bitmask32' ? number : Number(number);
}

const registersIn = (text: string): string => (text.match(/\b([xwdqv]\d+|[xw]zr|w?sp)\b/g) ?? []).join(' ');

/** Whether a word has the registers of a line, of the widths that it says: that is all that a pattern leaves open. */
function hasRegistersOf(line: string, { instruction, alias, parts, places }: Form, word: number): boolean {
  const numbers = new Float64Array(instruction.operands.length);
  instruction.operands.forEach((operand, at) => {
    numbers[at] = readOperand(operand, word) ?? 0;
  });
  const shown: ArrayLike<ShownNumber> = alias === undefined ? numbers : shownBy(alias, numbers);
  const write = (isDefault: (place: number) => boolean): string =>
    writeSyntax(
      parts,
      (place, plus) => {
        const [operand, number = 0] = [places[place], shown[place]];
        const isTarget = operand === undefined || operand.kind === 'pc' || operand.kind === 'page';
        if (isTarget || typeof number === 'bigint') return '';
        return printNumber(operand, plus === 0 ? number : (number + plus) % 32, word, undefined);
      },
      isDefault,
    );
  const wanted = registersIn(line);
  const isTestOfBit = /^tbn?z$/.test(instruction.row);
  return [() => false, (place: number) => shown[place] === (places[place]?.fallback ?? 0)].some((isDefault) => {
    const named = registersIn(write(isDefault));
    // The register of a low bit is written either way.
    return named === wanted || (isTestOfBit && named.replace(/^w/, 'x') === wanted);
  });
}

/** A line without the label or address in it, which may have names of registers as parts. */
function withoutTarget(line: string, text: string): string {
  const at = line.lastIndexOf(text);
  return line.slice(0, at) + line.slice(at + text.length);
}

const known = (value: OperandValue | Lo12 | undefined, operand: Operand): OperandValue | undefined => {
  if (typeof value === 'object') return 0;
  return typeof value === 'string' && (operand.kind === 'pc' || operand.kind === 'page') ? 0 : value;
};

/** The line in one form; `undefined` where it is not of this form. */
function readAs(form: Form, line: string): Line | undefined {
  const match = form.pattern.exec(line);
  if (match === null) return undefined;
  // A pattern without operands has no groups at all.
  const groups: Readonly<Record<string, string | undefined>> = match.groups ?? {};
  const operands: (OperandValue | Lo12 | undefined)[] = [];
  const values: (OperandValue | undefined)[] = [];
  let rest = line;
  for (const { place, isWide } of form.inputs) {
    const [text, operand] = [groups[`o${place}`], form.places[place]];
    if (operand === undefined) return undefined;
    const value = text === undefined ? undefined : readValue(operand, isWide, text);
    if (text !== undefined && value === undefined) return undefined;
    // An index is shifted by something.
    if (operand.kind === 'index' && value === 'lsl' && groups[`o${place + 1}`] === undefined) return undefined;
    operands.push(value);
    values.push(known(value, operand));
    if (text !== undefined && known(value, operand) !== value) rest = withoutTarget(rest, text);
  }
  return hasRegistersOf(rest, form, encodeAny(form.id, values)) ? { id: form.id, operands } : undefined;
}

/**
 * Reads an instruction as `print` writes it; a PC-relative operand may also be a label, and an immediate `:lo12:label`.
 *
 * @throws A64Error `EINVAL` for what is no instruction of the table, `ERANGE` where an operand does not fit.
 */
export function parseLine(text: string): Line {
  const line = text
    .trim()
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ?, ?/g, ', ')
    .replaceAll(/([[{]) | (?=[\]}])/g, '$1');
  let refusal: A64Error | undefined;
  for (const form of allForms()) {
    if (!line.startsWith(form.head)) continue;
    try {
      const found = readAs(form, line);
      if (found !== undefined) return found;
    } catch (error) {
      if (!(error instanceof A64Error)) throw error;
      // That another alias is not meant is nothing to say; that a number does not fit is.
      const isTelling = form.head !== '' && form.alias === undefined && refusal === undefined;
      if (error.code === 'ERANGE' || isTelling) refusal = error;
    }
  }
  const hint = refusal?.hint ?? 'write it as print does';
  const why = refusal === undefined ? 'there is no such instruction' : refusal.message;
  throw new A64Error(refusal?.code ?? 'EINVAL', `${line}: ${why}`, hint, { value: text, cause: refusal });
}
