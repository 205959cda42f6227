import { RelocationError } from './error.ts';
import { addressOf, hex } from './page.ts';

/** Flags in the low bits of an entry word (include/linux/kexec.h). */
export const IND_DESTINATION = 1;
export const IND_INDIRECTION = 2;
export const IND_DONE = 4;
export const IND_SOURCE = 8;

/** Entry words in a page; the last one links to the next page. */
export const ENTRIES_PER_PAGE = 512;

/** One copy: the source page that lands on a destination page, by page frame numbers. */
export interface Copy {
  readonly source: number;
  readonly destination: number;
}

/** Reads the 64-bit word at `index` of the page with this frame number; `undefined` where there is no such page. */
export type WordReader = (pfn: number, index: number) => bigint | undefined;

/**
 * Walks an entry list from its head word as the relocation routine does.
 *
 * @param limit the most words to read: a list that does not end within them is broken.
 * @throws RelocationError `EINVAL` for a word of no known kind, a page that is missing, or a list that does not end.
 */
export function* walkEntries(head: bigint, read: WordReader, limit: number): Generator<Copy> {
  let page = 0;
  let index = 0;
  let destination = 0;
  let word = head;
  for (let count = 0; count < limit; count++) {
    const pfn = Number(word >> 12n);
    switch (Number(word & 0xfffn)) {
      case IND_SOURCE:
        yield { source: pfn, destination };
        destination += 1;
        break;
      case IND_DESTINATION:
        destination = pfn;
        break;
      case IND_INDIRECTION:
        page = pfn;
        index = 0;
        break;
      case IND_DONE:
        return;
      default:
        throw new RelocationError('EINVAL', `entry word ${hex(word)} is of no known kind`, 'the list is corrupt');
    }
    const next = read(page, index);
    if (next === undefined) {
      throw new RelocationError(
        'EINVAL',
        `the list leads to ${hex(addressOf(page))}, which holds no list`,
        'the list is corrupt',
      );
    }
    word = next;
    index += 1;
  }
  throw new RelocationError('EINVAL', `the list does not end within ${limit} words`, 'the list is corrupt');
}
