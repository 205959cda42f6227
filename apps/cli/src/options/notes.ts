import { OUTPUT } from './headings.ts';
import type { OptionsFor } from './option.ts';

/** How much is told around figures. */
export interface NotesValues {
  readonly notes?: boolean;
}

/** The options of {@link NotesValues}. */
export const notesOptions: OptionsFor<NotesValues> = {
  notes: { heading: OUTPUT, summary: 'say all that modelled times rest on, each interval and each contradiction' },
};
