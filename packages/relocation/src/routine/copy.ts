import { type Assembler, x0, x1, x2, x3, x4, x5, x6, x7, xzr } from '@kexeckit/a64';
import { registers } from './registers.ts';

const { address, destination, lineSize, cursor, end, scratch } = registers;

/** The line size that the quick loop is written for; CPUs with another take the general one. */
const LINE = 64;
/** Lines that one turn of the quick loop copies. */
const LINES_PER_TURN = 4;
/** Bytes that one turn of the general loop copies. */
const BYTES_PER_TURN = 128;

/** CTR_EL0.DminLine, bits 19:16, is log2 of the words in the smallest data cache line (Arm ARM D24, CTR_EL0). */
export function emitLineSize(a: Assembler): void {
  a.emit('mrs', scratch, 'ctr_el0').emit('ubfm', scratch, scratch, 16, 19);
  a.emit('movz', lineSize, 4, 0).emit('lslv', lineSize, lineSize, scratch);
}

/**
 * Copies the page at `address` to `destination` with the MMU on, and cleans it to the point of coherency: the next
 * stage, with its MMU off, would not see what is only in the cache.
 */
export function emitCopyAndClean(a: Assembler): void {
  a.emit('orr', cursor, xzr, destination, 0).emit('add.imm12', end, destination, 1);
  a.emit('subs.imm', xzr, lineSize, LINE).emit('b.cond', 'ne', 'general');
  a.label('quick');
  for (let line = 0; line < LINES_PER_TURN; line++) emitLine(a);
  a.emit('subs', xzr, cursor, end, 0).emit('b.cond', 'cc', 'quick').emit('b', 'copied');
  a.label('general');
  emitCopy(a, 'general-copy');
  emitPublish(a);
  a.label('copied');
}

/** One line: 4 loads, 4 stores, and the clean, which is in time as the line is whole. */
function emitLine(a: Assembler): void {
  a.emit('ldp', x2, x3, address, 16).emit('ldp', x4, x5, address, 32);
  a.emit('ldp', x6, x7, address, 48).emit('ldp.post', x0, x1, address, LINE);
  a.emit('stp', x0, x1, cursor, 0).emit('stp', x2, x3, cursor, 16);
  a.emit('stp', x4, x5, cursor, 32).emit('stp', x6, x7, cursor, 48);
  a.emit('sys', 'dc civac', cursor).emit('add.imm', cursor, cursor, LINE);
}

/** Copies the page at `address` to `destination` with the MMU on, and leaves it in the cache. */
export function emitCopyToCache(a: Assembler): void {
  a.emit('orr', cursor, xzr, destination, 0).emit('add.imm12', end, destination, 1);
  emitCopy(a, 'copy');
}

/**
 * Copies the page at `address` to `destination` with the MMU off: stores go past the caches, and a line that the old
 * kernel left there must not land on top later.
 */
export function emitDropAndCopy(a: Assembler): void {
  emitCleanPage(a, 'drop');
  a.emit('dsb', 'sy');
  a.emit('orr', cursor, xzr, destination, 0).emit('add.imm12', end, destination, 1);
  emitCopy(a, 'copy');
}

/** Copies from `address` to `cursor` until `end`, `BYTES_PER_TURN` at a time. */
function emitCopy(a: Assembler, label: string): void {
  a.label(label);
  for (let offset = 0; offset < BYTES_PER_TURN; offset += 64) {
    a.emit('ldp', x0, x1, address, offset).emit('ldp', x2, x3, address, offset + 16);
    a.emit('ldp', x4, x5, address, offset + 32).emit('ldp', x6, x7, address, offset + 48);
    a.emit('stp', x0, x1, cursor, offset).emit('stp', x2, x3, cursor, offset + 16);
    a.emit('stp', x4, x5, cursor, offset + 32).emit('stp', x6, x7, cursor, offset + 48);
  }
  a.emit('add.imm', address, address, BYTES_PER_TURN).emit('add.imm', cursor, cursor, BYTES_PER_TURN);
  a.emit('subs', xzr, cursor, end, 0).emit('b.cond', 'cc', label);
}

/** The page at `destination` reaches the point of coherency, and leaves the cache. */
export function emitPublish(a: Assembler): void {
  emitCleanPage(a, 'publish');
}

/** DC CIVAC over the page at `destination`; the DSB that completes it comes before anything depends on it. */
export function emitCleanPage(a: Assembler, label: string): void {
  a.emit('orr', cursor, xzr, destination, 0).emit('add.imm12', end, destination, 1);
  a.label(label).emit('sys', 'dc civac', cursor).emit('add', cursor, cursor, lineSize, 0);
  a.emit('subs', xzr, cursor, end, 0).emit('b.cond', 'cc', label);
}
