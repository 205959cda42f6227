import { sha256 } from '@noble/hashes/sha2.js';
import { type DigestNotes, digestOf, NOTED_BYTES_MAX } from './digest-notes.ts';
import { RelocationError } from './error.ts';
import type { SegmentContents } from './load.ts';
import { PAGE, PAGE_SIZE } from './page.ts';
import { platformSha256 } from './platform-sha256.ts';
import { H_OFFSET, initialState, K_OFFSET, RECORDS_OFFSET, roundConstants } from './routine/sha256.ts';
import { RECORD } from './routine/walk.ts';
import type { Segment } from './segment.ts';
import type { StagePlan } from './stage.ts';

/**
 * SHA-256 of a segment's destination: its content, and zeros up to `memsz`. 32 bytes.
 *
 * @param notes take down how it went, and know what was digested before.
 */
export function segmentDigest(segment: Segment, content: Uint8Array, notes?: DigestNotes): Uint8Array {
  const zeros = zerosBehind(segment, content);
  return notes === undefined ? digestOf(sha256.create().update(content), zeros) : notes.digest(content, zeros);
}

/**
 * The same digest by the host's or the platform's own code, several times as fast; what is too large for a copy, which the
 * platform may need, is digested as {@link segmentDigest} does it.
 */
export async function platformDigest(segment: Segment, content: Uint8Array): Promise<Uint8Array> {
  const zeros = zerosBehind(segment, content);
  if (content.length + zeros > NOTED_BYTES_MAX) return segmentDigest(segment, content);
  return await platformSha256(content, new Uint8Array(zeros));
}

/** Has the platform digest what is verified of a plan: a proof with these notes need not. */
export async function foreseeDigests(
  { placement, halt }: StagePlan,
  contents: SegmentContents,
  notes: DigestNotes,
): Promise<void> {
  if (halt === undefined) return;
  for (const segment of placement.segments) {
    const content = contents.get(segment.name);
    if (content !== undefined) await notes.foresee(content, zerosBehind(segment, content));
  }
}

const zerosBehind = ({ memsz }: Segment, { length }: Uint8Array): number => Math.max(0, Number(memsz) - length);

/** The digest that each segment must have, by its name. */
export type Digests = ReadonlyMap<string, Uint8Array>;

/**
 * The page that verification reads: the constants of SHA-256, then a record for each segment, then one of no pages.
 *
 * @param segments in the order in which they are digested: those that are copied in list order, then the others.
 * @throws RelocationError `EINVAL` for a segment without digest.
 */
export function constantsPage(segments: readonly Segment[], digests: Digests): Uint8Array {
  const page = new Uint8Array(PAGE_SIZE);
  const view = new DataView(page.buffer);
  for (const [index, constant] of roundConstants.entries()) view.setUint32(K_OFFSET + 4 * index, constant, true);
  for (const [index, word] of initialState.entries()) view.setUint32(H_OFFSET + 4 * index, word, true);
  const full = segments.filter(({ memsz }) => memsz > 0n);
  for (const [index, segment] of full.entries())
    writeRecord(view, RECORDS_OFFSET + index * RECORD.size, segment, digests);
  return page;
}

/** The digests that a page of constants has of these segments. @throws RelocationError `EINVAL` where one is missing. */
export function recordedDigests(page: Uint8Array, segments: readonly Segment[]): Digests {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  const byPlace = new Map<bigint, Uint8Array>();
  for (let at = RECORDS_OFFSET; at + RECORD.size <= PAGE_SIZE; at += RECORD.size)
    if (view.getBigUint64(at + RECORD.pages, true) > 0n)
      byPlace.set(view.getBigUint64(at + RECORD.start, true), digestAt(view, at + RECORD.digest));
  const digests = new Map<string, Uint8Array>();
  for (const { name, mem, memsz } of segments) {
    const digest = byPlace.get(mem);
    if (digest !== undefined) digests.set(name, digest);
    else if (memsz > 0n)
      throw new RelocationError('EINVAL', `the page of constants has no digest of ${name}`, 'plan it again');
  }
  return digests;
}

function digestAt(view: DataView, at: number): Uint8Array {
  const digest = new Uint8Array(32);
  const bytes = new DataView(digest.buffer);
  for (let word = 0; word < 8; word++) bytes.setUint32(4 * word, view.getUint32(at + 4 * word, true), false);
  return digest;
}

function writeRecord(view: DataView, at: number, segment: Segment, digests: Digests): void {
  const digest = digests.get(segment.name);
  if (digest?.length !== 32)
    throw new RelocationError('EINVAL', `segment ${segment.name} has no digest`, 'give segmentDigest of its content');
  view.setBigUint64(at + RECORD.start, segment.mem, true);
  view.setBigUint64(at + RECORD.pages, segment.memsz / PAGE, true);
  // The last block of a message of whole blocks: a one bit, zeros, and its length in bits (FIPS 180-4, 5.1.1).
  view.setUint8(at + RECORD.lastBlock, 0x80);
  view.setBigUint64(at + RECORD.lastBlock + 56, segment.memsz * 8n, false);
  // As the state stands in memory: eight words of this machine's byte order.
  const bytes = new DataView(digest.buffer, digest.byteOffset);
  for (let word = 0; word < 8; word++)
    view.setUint32(at + RECORD.digest + 4 * word, bytes.getUint32(4 * word, false), true);
}
