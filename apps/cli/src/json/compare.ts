import * as v from 'valibot';
import { count, list, object, problem, text, totals } from './parts.ts';
import { strategy } from './plan-parts.ts';
import { arrival } from './reboot.ts';
import { offer, route } from './route.ts';

const impossible = object(
  { strategy, ...problem, hint: v.nullable(text('what to do; null where nobody knows')) },
  'a strategy that cannot be run, and why',
);

export const compare = object(
  {
    strategies: list(arrival, 'those that ran on the model of the machine'),
    impossible: list(impossible, 'those that cannot'),
    offers: v.nullable(list(offer, 'what the host offers; null where the machine is none')),
    default: v.nullable(route),
    totals: totals({
      strategies: count('strategies that ran'),
      impossible: count('strategies that cannot be run'),
      offered: v.nullable(count('routes that the host offers; null where the machine is none')),
    }),
  },
  'What kexeckit compare prints',
);

export type CompareJson = v.InferOutput<typeof compare>;
