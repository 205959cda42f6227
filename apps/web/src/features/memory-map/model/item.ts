import { type Range, rangeSize } from '@kexeckit/ioport';
import { addressOf, PAGE_SIZE, pfnOf } from '@kexeckit/relocation';
import { bytesText, pagesText, rangeText } from '../../../shared/format.ts';

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

/** The class of everything that looks like a kind. */
export const lookClass = (kind: ItemKind): string => `look-${kind.replace(' ', '-')}`;

/** One mark on the map. */
export interface MapItem extends Range {
  readonly kind: ItemKind;
  readonly name: string;
  /** Pages it stands for: fewer than the range holds where pages are scattered in it. */
  readonly pages: number;
  readonly note?: string;
}

/** Whole pages that a range touches. */
export const pagesOf = ({ start, end }: Range): number => pfnOf(end) - pfnOf(start) + 1;

/** The addresses of pages, both ends included. */
export const rangeOfPages = (first: number, last: number = first): Range => ({
  start: addressOf(first),
  end: addressOf(last + 1) - 1n,
});

/** Bytes in a range, as a number. */
export const rangeBytes = (range: Range): number => Number(rangeSize(range));

/** A mark for a whole range. */
export function rangeItem(kind: ItemKind, name: string, range: Range, note?: string): MapItem {
  const { start, end } = range;
  return { kind, name, start, end, pages: pagesOf(range), ...(note !== undefined && { note }) };
}

/** What a mark says when it is pointed at: name, addresses as code, size. */
export function itemText(item: MapItem): { readonly name: string; readonly code: string; readonly text: string } {
  const note = item.note === undefined ? '' : ` · ${item.note}`;
  return { name: item.name, code: rangeText(item), text: `${pagesText(item.pages)} · ${sizeText(item)}${note}` };
}

/** The same in one line, for who cannot see the mark; it begins with what may be printed on it. */
export function itemLabel(item: MapItem): string {
  const note = item.note === undefined ? '' : `, ${item.note}`;
  return `${item.name} ${sizeText(item)}, ${rangeText(item)}, ${pagesText(item.pages)}${note}`;
}

const sizeText = ({ pages }: MapItem): string => bytesText(pages * PAGE_SIZE);
