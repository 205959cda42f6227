import type { Context } from '../context.ts';
import type { MadeMachine } from '../machines/kind.ts';

/** Says what was passed over when a machine was made. */
export async function tellNotes({ notes = [] }: MadeMachine, { io }: Pick<Context, 'io'>): Promise<void> {
  if (notes.length === 0) return;
  // In the bundle this stands beside what every command needs to start.
  const { remark } = await import('../render/remark.ts');
  for (const note of notes) io.err(remark(note, io.errPage));
}
