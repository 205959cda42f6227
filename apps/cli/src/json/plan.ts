import * as v from 'valibot';
import { list, object, text } from './parts.ts';
import { notes, planTotals, proof, segment, step, strategy } from './plan-parts.ts';

export const plan = object(
  {
    machine: text('the name of the machine'),
    strategy,
    notes,
    segments: list(segment, 'the segments of the plan'),
    proof,
    steps: list(step, 'what is done around the reboot, in order'),
    savedTo: v.optional(text('where the plan was written')),
    totals: planTotals,
  },
  'What kexeckit plan and kexeckit prove print',
);

export type PlanJson = v.InferOutput<typeof plan>;
