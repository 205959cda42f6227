import type { DigestNotes } from '../digest-notes.ts';
import { contentOf, type SegmentContents } from '../load.ts';
import { addressOf, hex, type PageSpan, pfnOf } from '../page.ts';
import { H_OFFSET, K_OFFSET, RECORDS_OFFSET } from '../routine/sha256.ts';
import { RECORD } from '../routine/walk.ts';
import { segmentDigest } from '../verification.ts';
import type { Ledger } from './ledger.ts';
import type { Destination } from './planned-sources.ts';
import { isInitialValue, isRoundConstant } from './sha256-constants.ts';
import type { PlanView } from './view.ts';

/** A record as the routine will read it. */
interface DigestRecord extends PageSpan {
  readonly view: DataView;
  readonly at: number;
}

type Complain = (owner: string, detail: string) => void;

/** What the segments are, and what comes of them. */
export interface Digested {
  readonly contents: SegmentContents;
  /** The destinations in the order in which they are copied: the routine takes them into its digests so. */
  readonly landed: readonly PageSpan[];
  /** Take down the states of SHA-256. */
  readonly notes?: DigestNotes | undefined;
}

/**
 * Recomputes from the segments' bytes, as they are now, everything that the routine will compare.
 */
export function checkDigests(view: PlanView, { contents, landed, notes }: Digested, ledger: Ledger): void {
  checkPages(view, ledger);
  if (!view.verifies) return;
  const [constants] = view.controlPages('constants');
  const page = constants && view.image.page(constants.pfn);
  if (constants === undefined || page === undefined) return;
  const complain: Complain = (owner, detail) => ledger.violated('digests', constants.pfn, [owner], detail);
  const data = new DataView(page.buffer, page.byteOffset, page.byteLength);
  checkConstants(data, complain);
  const records = readRecords(data, complain);
  checkOrder(view, records, landed, complain);
  const left = new Set(view.destinations);
  for (const record of records) {
    const destination = view.destinationOf(record.first);
    if (destination === undefined || !left.delete(destination) || !isOf(record, destination)) {
      complain(
        'constants',
        `a record is of ${record.pages} pages at ${hex(addressOf(record.first))}, not of a segment`,
      );
      continue;
    }
    checkBlock(record, destination, complain);
    const digest = segmentDigest(destination.segment, contentOf(destination.segment, contents), notes);
    checkDigest(record, destination, digest, complain);
    ledger.checked('digests', destination.pages);
  }
  for (const { segment } of left) complain(segment.name, 'no digest of it is compared');
}

const isOf = (record: DigestRecord, { first, pages }: Destination): boolean =>
  record.first === first && record.pages === pages;

/** Digests need one page of constants, one to work in, and a place to stop. */
function checkPages(view: PlanView, ledger: Ledger): void {
  const wanted = view.verifies ? 1 : 0;
  for (const owner of ['constants', 'workspace'] as const) {
    const found = view.controlPages(owner);
    if (found.length !== wanted)
      ledger.violated('digests', found[0]?.pfn, [owner], `the plan has ${found.length} such pages, not ${wanted}`);
  }
  if ((view.stage.halt !== undefined) !== view.verifies)
    ledger.violated(
      'digests',
      pfnOf(view.stage.start),
      ['routine'],
      'it verifies, and has no place to stop, or the other way round',
    );
}

function checkConstants(data: DataView, complain: Complain): void {
  for (let number = 0; number < 64; number++)
    if (!isRoundConstant(number, data.getUint32(K_OFFSET + 4 * number, true)))
      complain('constants', `round constant ${number} of SHA-256 is wrong`);
  for (let number = 0; number < 8; number++)
    if (!isInitialValue(number, data.getUint32(H_OFFSET + 4 * number, true)))
      complain('constants', `initial value ${number} of SHA-256 is wrong`);
}

/** The records up to the one of no pages that ends them. */
function readRecords(view: DataView, complain: Complain): DigestRecord[] {
  const records: DigestRecord[] = [];
  for (let at = RECORDS_OFFSET; at + RECORD.size <= view.byteLength; at += RECORD.size) {
    const pages = Number(view.getBigUint64(at + RECORD.pages, true));
    if (pages === 0) return records;
    const start = view.getBigUint64(at + RECORD.start, true);
    if (start % 4096n !== 0n) complain('constants', `a record begins at ${hex(start)}, within a page`);
    records.push({ view, at, first: pfnOf(start), pages });
  }
  complain('constants', 'the records do not end');
  return records;
}

/** Records of what is copied come first, in the order of the list: the routine digests pages as they land. */
function checkOrder(
  view: PlanView,
  records: readonly DigestRecord[],
  landed: readonly PageSpan[],
  complain: Complain,
): void {
  const copied = landed.flatMap((span) => partsOf(view, span));
  copied.forEach(({ first, pages }, index) => {
    const record = records[index];
    if (record?.first !== first || record.pages !== pages)
      complain(
        'constants',
        `record ${index} is not of the ${pages} pages that are copied to ${hex(addressOf(first))} then`,
      );
  });
}

/** Pages that are copied in a row, cut where one segment ends and the next begins. */
function partsOf(view: PlanView, { first, pages }: PageSpan): PageSpan[] {
  const parts: PageSpan[] = [];
  for (let at = first; at < first + pages; ) {
    const destination = view.destinationOf(at);
    const end =
      destination === undefined ? first + pages : Math.min(first + pages, destination.first + destination.pages);
    parts.push({ first: at, pages: end - at });
    at = end;
  }
  return parts;
}

/** The last block of one record. */
function checkBlock({ view, at }: DigestRecord, { segment }: Destination, complain: Complain): void {
  // A message of whole blocks ends with a one bit, zeros, and its length in bits (FIPS 180-4, 5.1.1).
  const block = Array.from({ length: 8 }, (_, index) => view.getBigUint64(at + RECORD.lastBlock + 8 * index, false));
  const wanted = [1n << 63n, 0n, 0n, 0n, 0n, 0n, 0n, segment.memsz * 8n];
  if (block.some((word, index) => word !== wanted[index]))
    complain(segment.name, 'the last block of its message is not the padding of its length');
}

/** The digest of one record. */
function checkDigest(
  { view, at }: DigestRecord,
  { segment }: Destination,
  { buffer }: Uint8Array,
  complain: Complain,
): void {
  const digest = new DataView(buffer);
  for (let word = 0; word < 8; word++)
    if (view.getUint32(at + RECORD.digest + 4 * word, true) !== digest.getUint32(4 * word, false)) {
      complain(segment.name, 'the digest that will be compared is not that of its bytes');
      return;
    }
}
