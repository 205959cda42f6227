import type { Assembler } from '@kexeckit/a64';
import { RelocationError } from '../error.ts';
import { PAGE_FRAMES } from '../limits.ts';
import { hex, pfnOf } from '../page.ts';
import { registers } from './registers.ts';

/** What the routine writes to the console at each stage: one character, so that it costs nothing and cannot fail. */
export const breadcrumbs = {
  entered: 'k',
  tablesOn: 'm',
  progress: '.',
  verified: 'v',
  tablesOff: 'o',
  jumping: 'j',
  /** Digests differ; the letter of the segment follows (`a` is the first). */
  mismatch: '!',
} as const;

/** Where breadcrumbs go, and how often. */
export interface Breadcrumbs {
  /** Physical address of the console's data register: a PL011's, which takes a byte at offset 0. */
  readonly uart: bigint;
  /** Pages between two progress marks: 1 to 2^32 - 1. */
  readonly everyPages: number;
}

/** The routine counts pages with the 32 bits of a MOVZ and a MOVK. */
const PERIOD_MAX = 2 ** 32 - 1;

/** @throws RelocationError `EINVAL` for a console beyond all memory, or a number of pages that cannot be counted. */
export function checkBreadcrumbs({ uart, everyPages }: Breadcrumbs): void {
  if (uart < 0n || pfnOf(uart) >= PAGE_FRAMES)
    throw new RelocationError('EINVAL', `no console is at ${hex(uart)}`, 'give a physical address of at most 52 bits', {
      address: uart,
    });
  if (!Number.isInteger(everyPages) || everyPages < 1 || everyPages > PERIOD_MAX)
    throw new RelocationError('EINVAL', `marks cannot come every ${everyPages} pages`, 'give 1 to 2^32 - 1');
}

const { uart, scratch, untilCrumb } = registers;

/** Writes one character. Nothing is waited for: a character that the console cannot take is lost. */
export function emitCrumb(a: Assembler, crumbs: Breadcrumbs | undefined, character: string): void {
  if (crumbs === undefined) return;
  a.emit('movz', scratch, character.charCodeAt(0), 0).emit('str.w', scratch, uart, 0);
}

/** Counts a page, and writes a mark after every so many. */
export function emitProgress(a: Assembler, crumbs: Breadcrumbs | undefined): void {
  if (crumbs === undefined) return;
  a.emit('subs.imm', untilCrumb, untilCrumb, 1).emit('b.cond', 'ne', 'no-mark');
  emitCrumb(a, crumbs, breadcrumbs.progress);
  emitCrumbPeriod(a, crumbs);
  a.label('no-mark');
}

export function emitCrumbPeriod(a: Assembler, { everyPages }: Breadcrumbs): void {
  a.emit('movz', untilCrumb, everyPages & 0xffff, 0).emit('movk', untilCrumb, everyPages >>> 16, 16);
}
