import type { Context } from '../context.ts';
import type { MadeMachine } from '../machines/kind.ts';
import { remark } from '../render/remark.ts';

/** Says what was passed over when a machine was made. */
export function tellNotes({ notes = [] }: MadeMachine, { io }: Pick<Context, 'io'>): void {
  for (const note of notes) io.err(remark(note, io.errPage));
}
