import { encodeRow, type InstructionId, type OperandValue, print, sp, xzr } from '@kexeckit/a64';
import type { Item, Program } from './program.ts';

/** How an emitter could be wrong. */
export type Change = 'removed' | 'duplicated' | 'exchanged' | 'operand' | 'literal';

/** One wrong program. */
export interface Mutant {
  readonly change: Change;
  /** The item that is changed, by number. */
  readonly at: number;
  /**
   * Where it is and what is changed, in the words of the assembler: three instructions before it, itself in brackets, three
   * behind it.
   */
  readonly text: string;
  readonly program: Program;
  readonly order: readonly number[];
}

/** An item as the assembler writes it; offsets are left out. */
export function textOf(item: Item | undefined): string {
  if (item === undefined) return '';
  const { id, operands, target } = item;
  if (target === undefined) return print(encodeRow(id, operands));
  return [id, ...operands.slice(0, -1)].join(' ');
}

/** So many items in brackets, among their neighbours. */
function placed({ items }: Program, at: number, count: number, became = ''): string {
  const texts = (from: number, to: number): string[] => items.slice(Math.max(from, 0), to).map(textOf);
  const changed = `[${texts(at, at + count).join('; ')}${became}]`;
  return [...texts(at - 3, at), changed, ...texts(at + count, at + count + 3)].join('; ');
}

/** Every item of a range removed, duplicated, and exchanged with the next. */
export function* structuralMutants(program: Program, from: number, to: number): Generator<Mutant, undefined> {
  const all = [...program.items.keys()];
  for (let at = from; at < to; at++) {
    const text = placed(program, at, 1);
    yield { change: 'removed', at, text, program, order: all.toSpliced(at, 1) };
    yield { change: 'duplicated', at, text, program, order: all.toSpliced(at, 0, at) };
    const other = program.items[at + 1];
    if (other === undefined || textOf(other) === textOf(program.items[at])) continue;
    const exchanged = all.toSpliced(at, 2, at + 1, at);
    yield { change: 'exchanged', at, text: placed(program, at, 2), program, order: exchanged };
  }
}

/** Names that stand for each other in an emitter that is wrong. */
const CONFUSED: Readonly<Record<string, readonly string[]>> = {
  ttbr0_el1: ['ttbr1_el1', 'tcr_el1'],
  ttbr0_el2: ['ttbr0_el1', 'tcr_el2'],
  tcr_el1: ['mair_el1', 'ttbr0_el1'],
  tcr_el2: ['tcr_el1', 'mair_el2'],
  mair_el1: ['tcr_el1', 'amair_el1'],
  mair_el2: ['mair_el1', 'tcr_el2'],
  sctlr_el1: ['tcr_el1', 'actlr_el1'],
  sctlr_el2: ['sctlr_el1', 'actlr_el2'],
  cpacr_el1: ['cntkctl_el1', 'contextidr_el1'],
  cptr_el2: ['cpacr_el1', 'hcr_el2'],
  ctr_el0: ['dczid_el0', 'midr_el1'],
  id_aa64isar0_el1: ['id_aa64isar1_el1', 'id_aa64pfr0_el1'],
  'dc civac': ['dc cvac', 'dc cvau', 'dc ivac', 'dc zva'],
  'ic iallu': ['tlbi vmalle1'],
  'tlbi vmalle1': ['ic iallu', 'tlbi alle2'],
  'tlbi alle2': ['ic iallu', 'tlbi vmalle1'],
  sy: ['ishld', 'st', 'ish', 'nsh'],
  nsh: ['nshld', 'nshst', 'sy'],
  cc: ['cs', 'ls'],
  cs: ['cc', 'hi'],
  ne: ['eq', 'al'],
};

/** Every operand of a range of items replaced: a register by the next one, a number by its neighbours, a name by another. */
export function* operandMutants(program: Program, from: number, to: number): Generator<Mutant, undefined> {
  const order = [...program.items.keys()];
  for (let at = from; at < to; at++) {
    const item = program.items[at];
    // The operand of ISB says nothing: all values are full.
    if (item === undefined || item.id === 'isb') continue;
    for (const [index, operand] of item.operands.entries()) {
      if (item.target !== undefined && index === item.operands.length - 1) continue;
      for (const wrong of neighbours(operand)) {
        const changed = { ...item, operands: item.operands.with(index, wrong) };
        if (!isEncodable(changed.id, changed.operands)) continue;
        const items = program.items.with(at, changed);
        const text = placed(program, at, 1, ` -> ${textOf(changed)}`);
        yield { change: 'operand', at, text, program: { ...program, items }, order };
      }
    }
  }
}

function neighbours(operand: OperandValue): readonly OperandValue[] {
  if (operand === xzr || operand === sp) return [30];
  if (typeof operand === 'string') return CONFUSED[operand] ?? [];
  if (typeof operand === 'bigint') return [operand << 1n, operand >> 1n].map((value) => BigInt.asUintN(64, value));
  // Multiples of 16, 8 and 4 are scaled where memory is addressed.
  return [...new Set([operand + 1, operand - 1, operand === 0 ? 16 : 2 * operand])]
    .filter((value) => value !== operand)
    .flatMap((value): OperandValue[] => (value === 31 ? [31, xzr, sp] : [value]));
}

function isEncodable(id: InstructionId, operands: readonly OperandValue[]): boolean {
  try {
    encodeRow(id, operands);
    return true;
  } catch {
    return false;
  }
}

/** Every literal a little wrong: low bits, a page, high bits. Its text is where it is loaded. */
export function* literalMutants(program: Program): Generator<Mutant, undefined> {
  const order = [...program.items.keys()];
  for (const [at, literal] of program.literals.entries()) {
    const load = program.items.findIndex(({ target }) => target === -1 - at);
    for (const bit of [3n, 4n, 12n, 20n, 33n]) {
      const literals = program.literals.with(at, literal ^ (1n << bit));
      const text = placed(program, load, 1, ` -> bit ${bit}`);
      yield { change: 'literal', at: load, text, program: { ...program, literals }, order };
    }
  }
}
