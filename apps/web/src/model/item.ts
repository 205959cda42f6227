import { type Range, rangeSize } from '@kexeckit/ioport';
import { bytesText, pagesText, rangeText } from './format.ts';

/** What a mark on the map stands for; each kind has a look of its own. */
export type ItemKind =
  | 'kernel'
  | 'initrd'
  | 'dtb'
  | 'segment'
  | 'source'
  | 'entry list'
  | 'table'
  | 'routine'
  | 'region'
  | 'crash kernel'
  | 'old kernel'
  | 'reserved';

/** One mark on the map. */
export interface MapItem extends Range {
  readonly kind: ItemKind;
  readonly name: string;
  /** Pages it stands for: fewer than the range holds where pages are scattered in it. */
  readonly pages: number;
  readonly note?: string;
}

/** Whole pages that a range touches. */
export const pagesOf = ({ start, end }: Range): number => Number(end / 4096n - start / 4096n) + 1;

/** Bytes in a range, as a number. */
export const rangeBytes = (range: Range): number => Number(rangeSize(range));

/** A mark for a whole range. */
export function rangeItem(kind: ItemKind, name: string, range: Range, note?: string): MapItem {
  const { start, end } = range;
  return { kind, name, start, end, pages: pagesOf(range), ...(note !== undefined && { note }) };
}

/** What a mark says: name, addresses, size. */
export function itemText(item: MapItem): readonly [name: string, addresses: string, size: string] {
  const size = bytesText(item.pages * 4096);
  const note = item.note === undefined ? '' : ` · ${item.note}`;
  return [item.name, rangeText(item), `${pagesText(item.pages)} · ${size}${note}`];
}

/** The same in one line, for who cannot see the mark; it begins with what may be printed on it. */
export function itemLabel(item: MapItem): string {
  const note = item.note === undefined ? '' : `, ${item.note}`;
  return `${item.name} ${bytesText(item.pages * 4096)}, ${rangeText(item)}, ${pagesText(item.pages)}${note}`;
}
