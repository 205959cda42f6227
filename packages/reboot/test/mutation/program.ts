import { type Decoded, decode, encode, encodeRow, type InstructionId, type OperandValue } from '@kexeckit/a64';

/** An instruction, and the number of the one, or of the literal, that it names. */
export interface Item {
  readonly id: InstructionId;
  readonly operands: readonly OperandValue[];
  /** Instructions that name a place have it as their last operand. */
  readonly target: number | undefined;
}

/** Instructions whose last operand is an offset. */
const RELATIVE: ReadonlySet<string> = new Set(['b', 'b.cond', 'bl', 'cbz', 'cbnz', 'tbz', 'tbnz', 'ldr.literal']);
const NOP = encode('nop');

/** An emitted program: instructions, and the literals behind them, 64 bits each. */
export interface Program {
  readonly items: readonly Item[];
  readonly literals: readonly bigint[];
}

/** Takes a page of words apart, from its first word to its last literal. */
export function programOf(words: Uint32Array): Program {
  const decoded = [...words].map((word) => decode(word));
  const places = decoded.flatMap((found, at) => (found?.id === 'ldr.literal' ? [at + offsetOf(found)] : []));
  const pool = Math.min(...places);
  const end = Math.max(...places) + 2;
  const items = decoded.slice(0, pool).flatMap((found, at): Item[] => {
    // Only padding before the literals is not code.
    if (found === undefined || (at === pool - 1 && words[at] === NOP)) return [];
    return [{ id: found.id, operands: found.operands, target: targetOf(found, at, pool) }];
  });
  const literals = Array.from({ length: (end - pool) / 2 }, (_, at) => {
    const word = (half: number): bigint => BigInt(words[pool + 2 * at + half] ?? 0);
    return (word(1) << 32n) | word(0);
  });
  return { items, literals };
}

const offsetOf = ({ operands }: Decoded): number => Number(operands.at(-1)) / 4;

/** The number of the item; literals are numbered on from -1 down. */
function targetOf(found: Decoded, at: number, pool: number): number | undefined {
  if (!RELATIVE.has(found.id)) return undefined;
  const word = at + offsetOf(found);
  return word < pool ? word : -1 - (word - pool) / 2;
}

/** The words of a program, and where each of its items, by number in the original, stands now. */
export interface Assembled {
  readonly words: Uint32Array;
  readonly placeOf: (item: number) => number;
}

/**
 * Puts a program together again.
 *
 * @param order the numbers of the items in their new order; one that is left out is replaced by what follows it, one that
 * stands twice is named by its first place.
 */
export function assemble(program: Program, order: readonly number[]): Assembled {
  const { items, literals } = program;
  const places = new Map<number, number>();
  for (const [place, item] of order.entries()) if (!places.has(item)) places.set(item, place);
  const placeOf = (item: number): number => {
    for (let next = item; next < items.length; next++) {
      const place = places.get(next);
      if (place !== undefined) return place;
    }
    return order.length;
  };
  const pool = order.length + (order.length % 2);
  const words = new Uint32Array(pool + 2 * literals.length).fill(NOP, 0, pool);
  for (const [place, item] of order.entries()) words[place] = wordOf(items[item], place, placeOf, pool);
  for (const [at, literal] of literals.entries()) {
    words[pool + 2 * at] = Number(literal & 0xffff_ffffn);
    words[pool + 2 * at + 1] = Number(literal >> 32n);
  }
  return { words, placeOf };
}

function wordOf(item: Item | undefined, place: number, placeOf: (item: number) => number, pool: number): number {
  if (item === undefined) return NOP;
  const { id, operands, target } = item;
  if (target === undefined) return encodeRow(id, operands);
  const to = target >= 0 ? placeOf(target) : pool + 2 * (-1 - target);
  return encodeRow(id, [...operands.slice(0, -1), (to - place) * 4]);
}
