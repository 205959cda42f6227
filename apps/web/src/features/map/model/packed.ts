import { type LaneName, type Look, type Mark, markOf } from './marks.ts';
import type { ResourceRow } from './tree.ts';

/**
 * Many things with addresses, words and numbers, in typed arrays that a worker can hand over: a map may have a hundred thousand of
 * them, and to copy objects takes longer than to make them.
 */
interface Packed {
  readonly start: BigUint64Array<ArrayBuffer>;
  readonly end: BigUint64Array<ArrayBuffer>;
  /** Numbers of words, or others: so many for each. */
  readonly numbers: Uint32Array<ArrayBuffer>;
  readonly words: readonly (string | undefined)[];
}

/** Marks as they cross from a worker. */
export interface PackedMarks extends Packed {
  readonly looks: readonly (readonly [LaneName, Look])[];
}

/** Lines of the resource tree as they cross from a worker. */
export type PackedRows = Packed;

/** Numbers for what is told apart, in the order that it comes. */
class Numbering<T> {
  readonly #numbers = new Map<unknown, number>();
  readonly all: T[] = [];

  of(value: T, key: unknown = value): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.all.length);
    return this.all.push(value) - 1;
  }
}

/** Packs marks; their ids are those that {@link markOf} gives. */
export function packMarks(marks: readonly Mark[]): PackedMarks {
  const words = new Numbering<string | undefined>();
  const looks = new Numbering<readonly [LaneName, Look]>();
  const numbers = new Uint32Array(3 * marks.length);
  for (const [at, { lane, look, name, note }] of marks.entries())
    numbers.set([looks.of([lane, look], `${lane} ${look}`), words.of(name), words.of(note)], 3 * at);
  return { ...addressesOf(marks), numbers, words: words.all, looks: looks.all };
}

/** The marks again. */
export function unpackMarks({ start, end, numbers, words, looks }: PackedMarks): Mark[] {
  return Array.from(start, (first, at) => {
    const [lane, look] = looks[numbers[3 * at] ?? 0] ?? ['memory', 'device'];
    const [name, note] = [words[numbers[3 * at + 1] ?? 0] ?? '', words[numbers[3 * at + 2] ?? 0]];
    return markOf(lane, look, name, { start: first, end: end[at] ?? first }, note);
  });
}

/** Packs lines of the resource tree. */
export function packRows(rows: readonly ResourceRow[]): PackedRows {
  const words = new Numbering<string | undefined>();
  const numbers = new Uint32Array(3 * rows.length);
  for (const [at, { name, depth, within }] of rows.entries()) numbers.set([words.of(name), depth, within], 3 * at);
  return { ...addressesOf(rows), numbers, words: words.all };
}

/** The lines again. */
export function unpackRows({ start, end, numbers, words }: PackedRows): ResourceRow[] {
  return Array.from(start, (first, at) => ({
    ...{ name: words[numbers[3 * at] ?? 0] ?? '', start: first, end: end[at] ?? first },
    ...{ depth: numbers[3 * at + 1] ?? 0, within: numbers[3 * at + 2] ?? 0 },
  }));
}

/** The buffers, to be handed over instead of copied. */
export const packedBuffers = ({ start, end, numbers }: Packed): ArrayBuffer[] => [
  start.buffer,
  end.buffer,
  numbers.buffer,
];

function addressesOf(
  ranges: readonly { readonly start: bigint; readonly end: bigint }[],
): Pick<Packed, 'start' | 'end'> {
  return {
    start: BigUint64Array.from(ranges, ({ start }) => start),
    end: BigUint64Array.from(ranges, ({ end }) => end),
  };
}
