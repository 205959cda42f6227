import { type AliasId, type AliasRow, aliases } from './alias-table.ts';
import { bitfields, type Conversion, movesOfConstants } from './alias-values.ts';
import { A64Error } from './error.ts';
import { fieldOfName, nameOfField } from './names.ts';
import { type Operand, type OperandValue, type ShownNumber, valueOfNumber } from './operand.ts';
import { sp, xzr } from './registers.ts';
import { findById, type Instruction } from './row.ts';
import { parseSyntax, type SyntaxPart } from './syntax.ts';

/** The numbers of a word's operands; a missing one cannot happen, and reads as 0. */
type Numbers = Float64Array;

/** What the table of aliases does not say of one. */
interface Behaviour extends Partial<Conversion> {
  /** Of the words of the row, those that it spells; all of those whose fixed operands are so, if nothing is said. */
  readonly when?: (operands: Numbers, width: 32 | 64) => boolean;
  /** What stands in places of the row that no operand of the alias fills. */
  readonly fixed?: Readonly<Record<number, OperandValue>>;
  /** Whether it may only be written for words that it spells, too. */
  readonly strict?: boolean;
}

const zero =
  (...positions: readonly number[]) =>
  (operands: Numbers): boolean =>
    positions.every((position) => operands[position] === 31);

const same =
  (a: number, b: number) =>
  (operands: Numbers): boolean =>
    operands[a] === operands[b];

const always = (): boolean => true;

/** An alias of the row whose register at a place is XZR. */
const without = (position: number): Behaviour => ({ when: zero(position), fixed: { [position]: xzr } });

// Conditional select: operands are d, n, m and the condition.
const UNCONDITIONAL = 14; // AL and NV have no inverse
const isConditional = ([, n, m, condition = 0]: Numbers): boolean => n === m && condition < UNCONDITIONAL;
const inverse = (condition: OperandValue | undefined): OperandValue | undefined => {
  const field = typeof condition === 'string' ? fieldOfName('cond', condition) : undefined;
  return field === undefined ? condition : nameOfField('cond', field ^ 1);
};
const select: Behaviour = {
  when: isConditional,
  strict: true,
  shows: ([d = 0, n = 0, m = 0, condition = 0]) => [d, n, m, condition ^ 1],
  means: ([d, n, m, condition]) => [d, n, m, inverse(condition)],
};
const selectOfZero: Behaviour = {
  ...select,
  when: (o) => isConditional(o) && zero(1)(o),
  fixed: { 1: xzr, 2: xzr },
};

// Extended registers: the extension that changes nothing is LSL where a register of the form is the stack pointer.
const plainExtension = (width: number): string => (width === 64 ? 'uxtx' : 'uxtw');
const besideSp = (fixed: Readonly<Record<number, OperandValue>>, ...positions: readonly number[]): Behaviour => ({
  when: (o, width) =>
    o[3] === fieldOfName('extend', plainExtension(width)) &&
    positions.some((position) => o[position] === 31) &&
    zero(...Object.keys(fixed).map(Number))(o),
  strict: true,
  fixed,
  means: ([d, n, m, , amount], width) => [d, n, m, plainExtension(width), amount],
});

/** Without acquire semantics and a result, an atomic load is a store: operands are order, s, t and n. */
const atomicStore: Behaviour = {
  when: ([order = 0, , t]) => order < 2 && t === 31,
  fixed: { 2: xzr },
  strict: true,
};

/** What each alias does; those that are not here are atomic stores. */
const behaviours: Readonly<Record<string, Behaviour>> = {
  'mov.sp': {
    when: ([d, n, immediate]) => immediate === 0 && (d === 31 || n === 31),
    fixed: { 2: 0 },
    strict: true,
  },
  'cmn.imm': without(0),
  'cmn.imm12': without(0),
  'cmp.imm': without(0),
  'cmp.imm12': without(0),
  'tst.imm': without(0),
  ...movesOfConstants,
  ...bitfields,
  'ror.imm': { when: same(1, 2) },
  'lsl.reg': { when: always },
  'lsr.reg': { when: always },
  'asr.reg': { when: always },
  'ror.reg': { when: always },
  'mov.reg': { when: (o) => zero(1)(o) && o[3] === 0 && o[4] === 0, fixed: { 1: xzr } },
  mvn: without(1),
  'tst.reg': without(0),
  'cmn.reg': without(0),
  neg: without(1),
  'cmp.reg': without(0),
  negs: without(1),
  'add.lsl': besideSp({}, 0, 1),
  'adds.lsl': besideSp({}, 1),
  'sub.lsl': besideSp({}, 0, 1),
  'subs.lsl': besideSp({}, 1),
  'cmn.lsl': besideSp({ 0: xzr }, 1),
  'cmp.lsl': besideSp({ 0: xzr }, 1),
  'cmn.ext': without(0),
  'cmp.ext': without(0),
  ngc: without(1),
  ngcs: without(1),
  cset: selectOfZero,
  cinc: select,
  csetm: selectOfZero,
  cinv: select,
  cneg: select,
  mul: without(3),
  mneg: without(3),
  smull: without(3),
  smnegl: without(3),
  umull: without(3),
  umnegl: without(3),
  'mov.16b': { when: same(1, 2) },
  'mov.from.d': { when: always },
  'mov.from.s': { when: always },
  'mov.to.d': { when: always },
  'mov.to.s': { when: always },
};

/** One operand of an alias: the places of the row that it fills, and whether it may be left out. */
interface Input {
  readonly kind: string;
  readonly positions: readonly number[];
  readonly optional: boolean;
}

/** An alias of one instruction. */
export interface Alias extends Behaviour {
  readonly id: AliasId;
  readonly instruction: Instruction;
  readonly inputs: readonly Input[];
  readonly parts: readonly SyntaxPart[];
  /** What is printed in the places of the row. */
  readonly shown: readonly Operand[];
}

const rows: Readonly<Record<string, AliasRow>> = aliases;

const isAliasId = (id: string): id is AliasId => Object.hasOwn(aliases, id.replace(/\.w$/, ''));

function idOfAlias(id: string): AliasId {
  if (isAliasId(id)) return id;
  throw new A64Error('EINVAL', `there is no alias ${id}`, 'mend the table');
}

function compileAlias(name: string, row: AliasRow, instruction: Instruction): Alias {
  const inputs = row.operands.map((spec): Input => {
    const [, kind = '', places = '', fallback] = /^(\w+):(\d+)(=\w+)?$/.exec(spec) ?? [];
    return { kind, positions: [...places].map(Number), optional: fallback !== undefined };
  });
  // A narrow source of a wide form is written with its own width.
  const narrow = new Set(inputs.flatMap(({ kind, positions }) => (kind === 'w' ? positions : [])));
  return {
    ...(behaviours[name] ?? atomicStore),
    id: idOfAlias(row.only === undefined && instruction.id.endsWith('.w') ? `${name}.w` : name),
    instruction,
    inputs,
    parts: parseSyntax(row.syntax),
    shown: instruction.operands.map((operand, at) => (narrow.has(at) ? { ...operand, kind: 'w' } : operand)),
  };
}

const compiled = new Map<string, Alias>();

/** The alias of a name; `undefined` where there is none. */
export function aliasOf(id: string): Alias | undefined {
  const known = compiled.get(id);
  if (known !== undefined) return known;
  const name = id.replace(/\.w$/, '');
  const row = rowOf(name);
  if (row === undefined || (row.only !== undefined && id !== name)) return undefined;
  const isNarrow = row.only === 32 || id !== name;
  const instruction = findById(isNarrow ? `${row.row}.w` : row.row);
  if (instruction === undefined) return undefined;
  const alias = compileAlias(name, row, instruction);
  compiled.set(id, alias);
  return alias;
}

const rowOf = (name: string): AliasRow | undefined => (Object.hasOwn(rows, name) ? rows[name] : undefined);

/** Every alias, in the order of the table. */
export const aliasIds = (): AliasId[] =>
  Object.keys(rows).flatMap((name) => [name, `${name}.w`].flatMap((id) => aliasOf(id)?.id ?? []));

/** The aliases that words of an instruction may be written by, by its place in the table. */
const byInstruction: (readonly Alias[])[] = [];

function aliasesOf({ index, id }: Instruction): readonly Alias[] {
  byInstruction[index] ??= Object.entries(rows)
    .filter(([, row]) => row.row === id.replace(/\.w$/, ''))
    .flatMap(([name]) => [aliasOf(name) ?? [], aliasOf(`${name}.w`) ?? []].flat())
    .filter((alias) => alias.instruction.id === id && alias.when !== undefined);
  return byInstruction[index];
}

/** The preferred spelling of a word of an instruction, where that is not the row's own. */
export function preferredSpelling(instruction: Instruction, operands: Numbers): Alias | undefined {
  for (const alias of aliasesOf(instruction)) if (alias.when?.(operands, instruction.bits)) return alias;
  return undefined;
}

/** What a spelling shows in the places of the row. */
export const shownBy = (alias: Alias, operands: Numbers): ArrayLike<ShownNumber> =>
  alias.shows?.(operands, alias.instruction.bits) ?? operands;

/** The operands of an alias, as they are given to it, of a word that it spells. */
export function operandsBy(alias: Alias, operands: Numbers): OperandValue[] {
  const shown = shownBy(alias, operands);
  return alias.inputs.map(({ positions: [position = 0] }) => {
    const [operand, number] = [alias.shown[position], shown[position] ?? 0];
    return operand === undefined || typeof number === 'bigint' ? number : valueOfNumber(operand, number);
  });
}

/** An instruction with the operands that its row takes. */
export interface Meaning {
  readonly id: string;
  readonly operands: readonly (OperandValue | undefined)[];
}

/**
 * What an alias with operands stands for.
 *
 * @throws A64Error `EINVAL` for too many or too few of them, `ERANGE` for numbers that its conversion refuses.
 */
export function meaningOf(alias: Alias, given: readonly (OperandValue | undefined)[]): Meaning {
  const { inputs, instruction } = alias;
  const missing = inputs.some(({ optional }, at) => !optional && given[at] === undefined);
  if (missing || given.length > inputs.length) throw wrongCount(alias, given.length);
  const places: (OperandValue | undefined)[] = instruction.operands.map((_, at) => alias.fixed?.[at]);
  inputs.forEach(({ positions }, at) => {
    for (const position of positions) places[position] = given[at];
  });
  if (alias.chooses !== undefined) return alias.chooses(places, instruction.bits);
  return { id: instruction.id, operands: alias.means?.(places, instruction.bits) ?? places };
}

function wrongCount({ inputs }: Alias, got: number): A64Error {
  const least = inputs.filter(({ optional }) => !optional).length;
  const takes = least === inputs.length ? `${least}` : `${least} to ${inputs.length}`;
  return new A64Error('EINVAL', `got ${got} operands`, `give ${takes}: ${inputs.map(({ kind }) => kind).join(', ')}`, {
    value: got,
  });
}

/** Refuses an alias for a word that it does not spell, where the word would be another's. */
export function refuseUnspelled(alias: Alias, operands: Numbers, given: readonly (OperandValue | undefined)[]): void {
  if (alias.strict !== true || alias.when?.(operands, alias.instruction.bits) !== false) return;
  throw new A64Error('EINVAL', `${given.map(String).join(', ')} is not what it spells`, hintFor(alias, given), {
    value: given,
  });
}

function hintFor({ id, instruction }: Alias, given: readonly (OperandValue | undefined)[]): string {
  if (given.includes('al') || given.includes('nv')) return 'take a condition that has an inverse';
  if (id.startsWith('st')) return "take the order '' or 'l'";
  if (/^mov\.(bitmask|wide|inverted)/.test(id)) return 'take mov.imm, which chooses the instruction';
  return `one of the registers must be ${sp}; else take ${instruction.id}`;
}
