import { type Assembler, xzr } from '@kexeckit/a64';
import { type Breadcrumbs, breadcrumbs, emitCrumb, emitProgress } from './breadcrumbs.ts';
import { emitCopyAndClean, emitCopyToCache, emitDropAndCopy, emitPublish } from './copy.ts';
import { registers } from './registers.ts';
import { emitCompareDigest, RECORDS_OFFSET } from './sha256.ts';

const { address, destination, list, entryWord, cursor, end, record, pagesLeft, constants, message } = registers;

const PAGE_MASK = 0xffff_ffff_ffff_f000n;

/** One record of the constants page, 8-byte words: where, how many pages, the last block, the digest. */
export const RECORD = { start: 0, pages: 8, lastBlock: 16, digest: 80, size: 112 } as const;

/** What a walk of the entry list does besides copying. */
export interface WalkOptions {
  readonly mmu: 'on' | 'off';
  readonly verify: boolean;
  readonly crumbs: Breadcrumbs | undefined;
}

/**
 * Follows the entry list from its head, copying the pages of each source word, until DONE; then goes on at label `done`.
 * Bits 11 to 4 of a source word are the pages that follow its first one, see `RUN_PAGES`.
 */
export function emitWalk(a: Assembler, { mmu, verify, crumbs }: WalkOptions): void {
  a.emit('ldr.literal', entryWord, 'head');
  a.label('entry');
  a.emit('and.imm', address, entryWord, PAGE_MASK);
  a.emit('tbnz', entryWord, 3, 'source');
  a.emit('tbnz', entryWord, 1, 'indirection');
  a.emit('tbnz', entryWord, 2, 'done');
  a.emit('orr', destination, xzr, address, 0);
  a.label('fetch').emit('ldr.post', entryWord, list, 8).emit('b', 'entry');
  a.label('indirection').emit('orr', list, xzr, address, 0).emit('b', 'fetch');
  // A copy leaves `address` at the next page.
  a.label('source').emit('ubfm', entryWord, entryWord, 4, 11);
  a.label('page');
  if (mmu === 'off') emitDropAndCopy(a);
  else if (verify) {
    // The digest reads the page while the cache holds it.
    emitCopyToCache(a);
    emitDigestPage(a);
    emitPublish(a);
  } else emitCopyAndClean(a);
  a.emit('add.imm12', destination, destination, 1);
  emitProgress(a, crumbs);
  a.emit('subs.imm', entryWord, entryWord, 1).emit('b.cond', 'cs', 'page').emit('b', 'fetch');
}

/** Takes the page that has just landed into the digest of its segment; behind the last one the digest is compared. */
function emitDigestPage(a: Assembler): void {
  a.emit('orr', message, xzr, destination, 0).emit('add.imm12', end, destination, 1).emit('bl', 'digest');
  a.emit('subs.imm', pagesLeft, pagesLeft, 1).emit('b.cond', 'ne', 'more');
  a.emit('bl', 'digest-end');
  a.label('more');
}

/** Goes to the first record. */
export function emitFirstRecord(a: Assembler): void {
  a.emit('add.imm', record, constants, RECORDS_OFFSET);
  a.emit('ldr', pagesLeft, record, RECORD.pages).emit('bl', 'digest-start');
}

/** Digests the segments whose records are left: those that nothing was copied for. A record of no pages ends them. */
export function emitVerifyInPlace(a: Assembler): void {
  a.label('in-place').emit('cbz', pagesLeft, 'verified');
  a.emit('ldr', message, record, RECORD.start).emit('add', end, message, pagesLeft, 12);
  a.emit('bl', 'digest').emit('bl', 'digest-end').emit('b', 'in-place');
  a.label('verified');
}

/** Subroutine `digest-end`: the last block, the comparison, and the next record with a new state. */
export function emitDigestEnd(a: Assembler): void {
  const saved = cursor;
  a.label('digest-end').emit('orr', saved, xzr, 30, 0);
  a.emit('add.imm', message, record, RECORD.lastBlock).emit('add.imm', end, record, RECORD.digest);
  a.emit('bl', 'digest');
  emitCompareDigest(a, RECORD.digest, 'mismatch');
  a.emit('add.imm', record, record, RECORD.size).emit('ldr', pagesLeft, record, RECORD.pages);
  a.emit('bl', 'digest-start').emit('br', saved);
}

/** Digests differ: tells which segment, and stops. Nothing is jumped into. */
export function emitMismatch(a: Assembler, crumbs: Breadcrumbs | undefined): void {
  const { scratch, scratch2, uart } = registers;
  a.label('mismatch');
  emitCrumb(a, crumbs, breadcrumbs.mismatch);
  if (crumbs !== undefined) {
    a.emit('sub', scratch, record, constants, 0).emit('sub.imm', scratch, scratch, RECORDS_OFFSET);
    a.emit('movz', scratch2, RECORD.size, 0).emit('udiv', scratch, scratch, scratch2);
    a.emit('add.imm', scratch, scratch, 'a'.charCodeAt(0)).emit('str.w', scratch, uart, 0);
  }
  a.label('halt').emit('wfi').emit('b', 'halt');
}
