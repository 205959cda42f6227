import * as v from 'valibot';
import { address, count, flag, list, object, text, texts, totals, word } from './parts.ts';

const role = word(
  [
    ...(['usable', 'running kernel', 'crash region', 'kexec region', 'reserved', 'no-map'] as const),
    ...(['firmware', 'driver-managed', 'device', 'unknown'] as const),
  ],
  'what it is for',
);

const ends = { start: address('the first address'), end: address('the last one'), bytes: count('its size') } as const;

const regions = list(
  object(
    {
      kind: word(['main', 'low'], 'low: the small one below a high one'),
      start: address('the first address'),
      end: address('the last one'),
    },
    'a region',
  ),
  'where Linux would put it',
);

const fit = object(
  {
    bytes: count('the size that was asked for'),
    alignBytes: count('it starts at a multiple of this'),
    below: v.optional(address('it ends below this address')),
    fits: flag('whether it does'),
    lowest: v.optional(address('where it starts at the lowest; left out where it fits nowhere')),
    highest: v.optional(address('where it starts at the highest')),
    largestBytes: count('the largest piece that would fit so'),
    crashkernel: v.optional(
      object(
        { regions, refusal: v.nullable(text('why nothing would be reserved')) },
        'what crashkernel= of this size does if nothing is reserved yet',
      ),
    ),
  },
  'whether a size fits, and where',
);

export const memory = object(
  {
    from: text('the file of the map'),
    notes: texts('what the map may lack, or is'),
    roles: list(
      object({ role, bytes: count('bytes of all its ranges'), ranges: count('ranges') }, 'a role, and what it takes'),
      'what memory is for',
    ),
    ranges: list(
      object({ ...ends, role, name: v.nullable(text('the innermost resource that decides')) }, 'a range with one role'),
      'every range, in order',
    ),
    holes: list(object(ends, 'a hole'), 'pieces that are free, the largest first'),
    fits: list(fit, 'the sizes that were asked for'),
    totals: totals({
      ranges: count('ranges'),
      bytes: count('bytes of all ranges'),
      holes: count('pieces that are free'),
      freeBytes: count('bytes of all pieces that are free'),
      fits: count('sizes that were asked for'),
      missing: count('those that fit nowhere'),
    }),
  },
  'What kexeckit memory prints',
);

export type MemoryJson = v.InferOutput<typeof memory>;
