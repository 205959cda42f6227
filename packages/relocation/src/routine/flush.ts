import { Assembler, x0, x1, xzr } from '@kexeckit/a64';
import { emitLineSize } from './copy.ts';
import { registers } from './registers.ts';

const { cursor, lineSize } = registers;

/**
 * Emits a function of the C calling convention, `void flush(start, end)`, for a process of the old kernel: it cleans and
 * invalidates every line from `start` up to `end` to the point of coherency, and waits until that is done. Linux lets
 * processes do so (SCTLR_EL1.UCI and UCT), whatever memory type they have mapped the addresses with.
 */
export function emitFlush(): Uint32Array {
  const a = new Assembler();
  // What was stored before is in memory, whichever mapping it went through.
  a.emit('dsb', 'sy');
  emitLineSize(a);
  a.emit('sub.imm', cursor, lineSize, 1).emit('bic', cursor, x0, cursor, 0);
  a.label('line').emit('sys', 'dc civac', cursor).emit('add', cursor, cursor, lineSize, 0);
  a.emit('subs', xzr, cursor, x1, 0).emit('b.cond', 'cc', 'line');
  a.emit('dsb', 'sy').emit('ret');
  return a.words();
}
