import type { NotesValues } from '../../options/notes.ts';
import type { SavedValues } from '../saved-job.ts';

/** What `kexeckit run` can be told. */
export interface RunValues extends SavedValues, NotesValues {}
