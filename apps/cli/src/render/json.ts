import type { Piece, Step } from './pace.ts';
import { printableJson } from './printable.ts';

/** JSON for people and programs; addresses as `0x…` strings. */
export const plainJson = (value: unknown): string => `${jsonText(value)}\n`;

function jsonText(value: unknown): string {
  const plain = (_: string, inner: unknown): unknown => (typeof inner === 'bigint' ? `0x${inner.toString(16)}` : inner);
  return printableJson(JSON.stringify(value, plain, 2));
}

/** The JSON of a result with a list that may be too long to stand in memory: it is written piece by piece. */
export class LongJson {
  readonly pieces: Iterable<Piece>;

  constructor(pieces: Iterable<Piece>) {
    this.pieces = pieces;
  }
}

/** Items that are given on at once. */
const ITEMS = 512;

/** What is known before a list, the list, and what is known behind it, as {@link plainJson} would write the whole. */
export interface LongList<Item> {
  readonly before: object;
  readonly name: string;
  readonly items: Iterable<Item>;
  /** How far it is with this item. */
  readonly stepOf: (item: Item) => Step;
  /** Asked for when the list is through. */
  readonly after: () => object;
}

/** A result that has a long list. */
export const longJson = <Item>(list: LongList<Item>): LongJson => new LongJson(listPieces(list));

function* listPieces<Item>({ before, name, items, stepOf, after }: LongList<Item>): Generator<Piece, void> {
  const opening = jsonText({ ...before, [name]: [] }).slice(0, -'[]\n}'.length);
  let piece = [`${opening}[`];
  let [count, last]: [number, Item | undefined] = [0, undefined];
  for (const item of items) {
    piece.push(`${count === 0 ? '' : ','}\n${jsonText(item).replaceAll(/^/gm, '    ')}`);
    [count, last] = [count + 1, item];
    if (count % ITEMS !== 0) continue;
    yield { text: piece.join(''), step: stepOf(item) };
    piece = [];
  }
  const rest = jsonText(after());
  const closing = rest === '{}' ? '\n}' : `,${rest.slice('{'.length)}`;
  piece.push(`${count === 0 ? '' : '\n  '}]${closing}\n`);
  yield { text: piece.join(''), step: last === undefined ? { done: 1, total: 1, unit: 'bytes' } : stepOf(last) };
}
