import * as v from 'valibot';
import { explanation } from './explain.ts';
import { count, list, object, text, texts, totals, word } from './parts.ts';

const summands = (meaning: string) =>
  list(
    object({ what: text('what for'), bytes: count('bytes'), source: text('where the figure comes from') }, 'a part'),
    meaning,
  );

const kexec = object(
  {
    segments: list(
      object(
        {
          name: text('what it is'),
          offsetBytes: count('bytes from the start of its half'),
          loadedBytes: count('bytes of content'),
          memoryBytes: count('bytes in memory'),
        },
        'a segment',
      ),
      'what is loaded',
    ),
    pageSize: word(['unspecified', '4K', '16K', '64K'], 'pages of the kernel'),
    outsidePages: count('pages that the load takes outside of the region'),
    leastBytes: count('the least region in which each half holds the segments'),
    recommendedBytes: count('the region with room for what may grow'),
    notes: texts('what of it is a guess'),
  },
  'kexeckernel=; left out where no kernel file is given',
);

const crash = object(
  {
    baseline: summands('what distributions reserve'),
    needed: summands('what this kernel takes'),
    baselineBytes: count('the sum of baseline'),
    neededBytes: count('the sum of needed'),
    decidedBy: word(['baseline', 'needed'], 'the larger one'),
    recommendedBytes: count('the larger one, in whole MiB'),
  },
  'crashkernel=',
);

export const estimate = object(
  {
    kexec: v.optional(kexec),
    crash,
    reservedBytes: v.optional(
      object(
        { crashkernel: count('bytes'), kexeckernel: count('bytes') },
        'what is reserved on the machine; left out without its map',
      ),
    ),
    cmdline: text('what to write on the command line'),
    explanation,
    warnings: texts('what is worth a second look'),
    totals: totals({
      loadedBytes: v.nullable(count('content of all segments; null where no kernel file is given')),
      memoryBytes: v.nullable(count('all segments in memory; null where no kernel file is given')),
      recommendedBytes: count('what both parameters reserve'),
    }),
  },
  'What kexeckit estimate prints',
);

export type EstimateJson = v.InferOutput<typeof estimate>;
