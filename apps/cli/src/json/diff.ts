import type * as v from 'valibot';
import { planChange } from './error.ts';
import { count, list, object, totals } from './parts.ts';

export const diff = object(
  {
    changes: list(planChange, 'in what the plans differ'),
    totals: totals({ changes: count('differences') }),
  },
  'What kexeckit diff prints',
);

export type DiffJson = v.InferOutput<typeof diff>;
