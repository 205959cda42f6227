import { type Assembler, x0, x1, x2, x3, x4 } from '@kexeckit/a64';

/** Bytes of one turn of the copy loop. */
export const COPY_TURN = 64;

/** Copies by pairs of registers. In: x0 to, x1 from, x2 bytes, a multiple of 64. Changes x0 to x4. */
export function emitCopy(a: Assembler, prefix: string): void {
  a.label(`${prefix} turn`);
  for (let at = 0; at < COPY_TURN; at += 16) a.emit('ldp.post', x3, x4, x1, 16).emit('stp.post', x3, x4, x0, 16);
  a.emit('subs.imm', x2, x2, COPY_TURN).emit('b.cond', 'ne', `${prefix} turn`);
}
