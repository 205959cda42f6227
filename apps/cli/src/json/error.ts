import { invariants } from '@kexeckit/relocation';
import * as v from 'valibot';
import { address, list, object, text, texts, word } from './parts.ts';

/** In what two plans differ. */
export const planChange = object(
  {
    path: text('where in the plan: `stage.placement.segments.kernel.mem`'),
    before: v.optional(text('the value in the first one; left out where only the second has one')),
    after: v.optional(text('the value in the second one; left out where only the first has one')),
  },
  'one difference',
);

const invariantNames = Object.keys(invariants).filter((name): name is keyof typeof invariants => name in invariants);

/** The name of an invariant. */
export const invariant = word(invariantNames, 'the name of an invariant');

/** How a plan, or memory, breaks an invariant. */
export const violation = object(
  {
    invariant,
    address: v.optional(address('physical address of the page')),
    owners: texts('who claims that page'),
    detail: text('what is wrong'),
  },
  'one way in which an invariant is broken',
);

/** What is printed in the place of a result. */
export const error = object(
  {
    error: object(
      {
        kind: word(
          ['usage', 'failed', 'interrupted', 'bug'],
          'a command line that makes no sense, work that failed, work that was ended, a mistake of kexeckit',
        ),
        code: text('the name of an errno, or ERR for a bug'),
        message: text('what went wrong, and where'),
        hint: v.nullable(text('what to do; null where nobody knows')),
        phase: v.nullable(text('the name of the phase of a reboot that it was in; null outside of one')),
        changes: v.optional(list(planChange, 'of a reboot: what has changed since the plan was saved')),
        violations: v.optional(list(violation, 'of a reboot: what the proof found')),
        console: v.optional(texts('of a reboot: the last lines of the console')),
      },
      'what went wrong',
    ),
  },
  'What every command prints in the place of its result when it has none',
);

/** What only errors of a reboot carry. */
export type RebootErrorJson = Pick<ErrorJson['error'], 'changes' | 'violations' | 'console'>;
export type ErrorJson = v.InferOutput<typeof error>;
