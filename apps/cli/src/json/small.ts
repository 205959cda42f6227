import type * as v from 'valibot';
import { shells } from '../reference/completion/shells.ts';
import { object, text, word } from './parts.ts';

export const completion = object(
  { shell: word(shells, 'the shell'), script: text('what it reads') },
  'What kexeckit completion prints',
);

export const lab = object(
  { address: text('where a browser finds the page') },
  'What kexeckit lab prints when it listens',
);

export type CompletionJson = v.InferOutput<typeof completion>;
export type LabJson = v.InferOutput<typeof lab>;
