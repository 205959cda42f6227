import { type Range, rangeSize } from '@kexeckit/ioport';
import { addressOf, type ControlPage, type ControlPageOwner, PAGE_SIZE } from '@kexeckit/relocation';
import { type ItemKind, type MapItem, rangeOfPages } from './item.ts';

/** Control pages of one owner that lie in the same of these parts of a row share a mark. */
const PARTS = 120;

const names: Readonly<Record<ControlPageOwner, string>> = {
  'entry list': 'Entry list',
  table: 'Page tables',
  routine: 'Relocation routine',
  constants: 'Digests',
  workspace: 'Work page',
  vectors: 'EL2 vectors',
};

/** What a control page looks like on the map: digests, work page and vectors are the routine's. */
export function lookOf(owner: ControlPageOwner): ItemKind {
  return owner === 'entry list' || owner === 'table' ? owner : 'routine';
}

/** Control pages in a window, those that would lie on each other joined into one mark. */
export function controlMarks(controlPages: readonly ControlPage[], window: Range): MapItem[] {
  const bytesPerPart = Number(rangeSize(window)) / PARTS;
  const marks = new Map<string, { owner: ControlPageOwner; first: number; last: number; pages: number }>();
  for (const { pfn, owner } of controlPages.toSorted((a, b) => a.pfn - b.pfn)) {
    const offset = pfn * PAGE_SIZE - Number(window.start);
    if (offset < 0 || addressOf(pfn) > window.end) continue;
    const key = `${owner} ${Math.floor(offset / bytesPerPart)}`;
    const mark = marks.get(key);
    if (mark === undefined) marks.set(key, { owner, first: pfn, last: pfn, pages: 1 });
    else Object.assign(mark, { last: pfn, pages: mark.pages + 1 });
  }
  return [...marks.values()].map(({ owner, first, last, pages }) => ({
    kind: lookOf(owner),
    name: names[owner],
    ...rangeOfPages(first, last),
    pages,
    ...(last - first + 1 > pages && { note: 'scattered in this range' }),
  }));
}
