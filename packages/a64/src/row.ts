import { A64Error } from './error.ts';
import { type InstructionId, type InstructionRow, instructions } from './instructions.ts';
import { lazily } from './lazily.ts';
import { compileOperand, type Operand, operandMask, readOperand } from './operand.ts';
import { parseSyntax, type SyntaxPart } from './syntax.ts';

/** One instruction, compiled from its row of the table. */
export interface Instruction {
  readonly id: InstructionId;
  /** The name of its row. */
  readonly row: string;
  /** Its place in the order of the table, by which it is known where numbers are wanted. */
  readonly index: number;
  /** The bits that are fixed, and what they are. */
  readonly mask: number;
  readonly value: number;
  /** The width of its row, where that has one; else 64. */
  readonly bits: 32 | 64;
  readonly operands: readonly Operand[];
  readonly syntax: readonly SyntaxPart[];
  /** Registers that must be pairwise different. */
  readonly differ: readonly Operand[];
}

const isInstructionId = (text: string): text is InstructionId =>
  Object.hasOwn(instructions, text) || Object.hasOwn(instructions, text.replace(/\.w$/, ''));

/** What a row says once its width is chosen. */
function widthOf(row: InstructionRow, bits: 32 | 64): InstructionRow {
  const wide = bits === 64;
  const kinds: Readonly<Record<string, string>> = wide
    ? { r: 'x', rsp: 'xsp', rx: 'xw' }
    : { r: 'w', rsp: 'wsp', rx: 'w', bitmask: 'bitmask32' };
  return {
    ...row,
    bits: row.bits.replaceAll('z', wide ? '1' : '0').replaceAll('y', wide ? '0' : '1'),
    operands: row.operands.map((spec) =>
      spec
        .replace(/^\w+/, (kind) => kinds[kind] ?? kind)
        .replace('*z', wide ? '*8' : '*4')
        .replace('*Z', wide ? '*3' : '*2')
        .replace('<z', `<${bits}`),
    ),
  };
}

function compileRow(id: string, index: number, bits: 32 | 64, row: InstructionRow): Instruction {
  const pattern = row.bits.replaceAll(' ', '');
  if (!isInstructionId(id) || pattern.length !== 32) {
    throw new A64Error('EINVAL', `${id} has ${pattern.length} bits`, 'give it 32');
  }
  const mask = Number.parseInt(pattern.replaceAll(/[01]/g, '1').replaceAll(/[^01]/g, '0'), 2);
  const operands = row.operands.map((spec) => compileOperand(spec, pattern));
  const covered = operands.reduce((all, operand) => all | operandMask(operand), mask);
  if (covered !== -1 && covered !== 0xffffffff) {
    throw new A64Error('EINVAL', `${id} has bits that no operand holds`, 'fix them or name them');
  }
  return {
    id,
    row: id.replace(/\.w$/, ''),
    index,
    mask,
    value: Number.parseInt(pattern.replaceAll(/[^01]/g, '0'), 2),
    bits,
    operands,
    syntax: parseSyntax(row.syntax),
    differ: operands.filter((_, at) => row.differ?.includes(row.operands[at]?.match(/:(\w)/)?.[1] ?? ' ') ?? false),
  };
}

/** A row with its width, not compiled yet. */
interface Form {
  readonly row: InstructionRow;
  readonly bits: 32 | 64;
  readonly index: number;
}

/** What there is, by name, in the order of the table. */
const forms = lazily((): ReadonlyMap<string, Form> => {
  const found = new Map<string, Form>();
  for (const [id, row] of Object.entries<InstructionRow>(instructions)) {
    found.set(id, { row, bits: 64, index: found.size });
    if (/[yz]/.test(row.bits)) found.set(`${id}.w`, { row, bits: 32, index: found.size });
  }
  return found;
});

const compiled = new Map<string, Instruction>();

/** The instruction of a name, or `undefined`. */
export function findById(id: string): Instruction | undefined {
  const known = compiled.get(id);
  if (known !== undefined) return known;
  const form = forms().get(id);
  if (form === undefined) return undefined;
  const instruction = compileRow(id, form.index, form.bits, widthOf(form.row, form.bits));
  compiled.set(id, instruction);
  return instruction;
}

/** Every instruction, in the order of the table. */
export const table: () => readonly Instruction[] = lazily(() => [...forms().keys()].map(instructionOf));

/**
 * The instruction of a name.
 *
 * @throws A64Error `EINVAL` where the table has none.
 */
export function instructionOf(id: string): Instruction {
  const found = findById(id);
  if (found === undefined)
    throw new A64Error('EINVAL', `there is no instruction ${id}`, 'take a name from instructionIds or aliasIds', {
      value: id,
    });
  return found;
}

/**
 * Instructions by bits 31 to 21 and 11 to 10 of the word, which tell most of them apart, so that finding one looks at a
 * handful.
 */
const keyOf = (word: number): number => ((word >>> 21) << 2) | ((word >>> 10) & 3);
const KEY_BITS = 13;

/** Sorts instructions by some bits of their words; one whose bits are free there stands under all of their values. */
function sortBy(key: (word: number) => number, bits: number, instructions: readonly Instruction[]): Instruction[][] {
  const buckets = Array.from({ length: 2 ** bits }, (): Instruction[] => []);
  for (const instruction of instructions) {
    const free = key(~instruction.mask);
    // Every subset of the free bits, from all of them down to none.
    for (let subset = free; ; subset = (subset - 1) & free) {
      buckets[key(instruction.value) | subset]?.push(instruction);
      if (subset === 0) break;
    }
  }
  return buckets;
}

/** System instructions differ in bits 20 to 12, too, so that what is crowded is sorted again by those. */
const innerKeyOf = (word: number): number => (word >>> 12) & 0x1ff;
const INNER_KEY_BITS = 9;
const CROWDED = 8;

/** The instructions of a key: all of them, or sorted again. */
type Candidates = {
  readonly all: readonly Instruction[];
  readonly inner: readonly (readonly Instruction[])[] | undefined;
};

const byKey = lazily((): readonly Candidates[] =>
  sortBy(keyOf, KEY_BITS, table()).map((all) => ({
    all,
    inner: all.length > CROWDED ? sortBy(innerKeyOf, INNER_KEY_BITS, all) : undefined,
  })),
);

const NONE: Candidates = { all: [], inner: undefined };

/** Whether a number is a word, signed or not: of another the bits below 32 would be taken for one. */
export const isWord = (number: number): boolean => number >>> 0 === number || (number | 0) === number;

/** Finds the instruction of a word and its operands' numbers; `undefined` if there is none. */
export function findInstruction(word: number, numbers: Float64Array): Instruction | undefined {
  if (!isWord(word)) return undefined;
  const { all, inner } = byKey()[keyOf(word)] ?? NONE;
  const candidates = inner?.[innerKeyOf(word)] ?? all;
  for (let at = 0; at < candidates.length; at++) {
    const instruction = candidates[at];
    if (instruction === undefined) break;
    if ((word & instruction.mask) >>> 0 === instruction.value && readOperands(instruction, word, numbers)) {
      return instruction;
    }
  }
  return undefined;
}

function readOperands(instruction: Instruction, word: number, numbers: Float64Array): boolean {
  const { operands, differ } = instruction;
  for (let index = 0; index < operands.length; index++) {
    const operand = operands[index];
    if (operand === undefined) return false;
    const { plain } = operand;
    const number = plain === undefined ? readOperand(operand, word) : (word >>> plain.shift) & plain.mask;
    if (number === undefined) return false;
    numbers[index] = number;
  }
  return differ.length === 0 || areDifferent(differ, word);
}

/** Whether these registers of a word are pairwise different. */
export function areDifferent(registers: readonly Operand[], word: number): boolean {
  const named = registers.map((operand) => {
    const number = readOperand(operand, word);
    return number === 31 && operand.kind === 'xsp' ? 'sp' : number;
  });
  return new Set(named).size === registers.length;
}
