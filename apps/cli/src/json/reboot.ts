import { timedPhases } from '@kexeckit/reboot';
import * as v from 'valibot';
import { address, count, figure, hex, list, object, text, totals, word } from './parts.ts';
import { figures, generation, notes, planTotals, proof, segment, strategy } from './plan-parts.ts';
import { profileName } from './profile.ts';
import { logReport } from './timeline.ts';

const phaseTime = object(
  {
    phase: word(timedPhases, 'the phase'),
    basis: word(
      ['measured', 'modelled', 'published', 'skipped', 'unknown'],
      'on the clock of this run, by the prices of a machine, published, not run, or not known',
    ),
    seconds: v.optional(
      figure('seconds; of a phase that was skipped what it would have taken; left out where unknown'),
    ),
    low: v.optional(figure('seconds: no less, as often as the profile says')),
    high: v.optional(figure('seconds: no more, as often as the profile says')),
    remark: v.optional(
      word(
        [
          'emulated',
          'no old kernel',
          'within relocation',
          'not asked for',
          'stopped at the jump',
          'purgatory, caches off',
          'unknown machine',
          'not in the profile',
        ],
        'what has to be known of the figure',
      ),
    ),
  },
  'how long a phase took',
);

const readBack = object(
  {
    segment: text('the name of the segment'),
    bytes: count('bytes that were read back'),
    sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/), v.description('their SHA-256')),
  },
  'a segment as it was read back from the machine right before the jump',
);

const nextKernel = object(
  {
    version: v.optional(text('as in "Linux version 6.1.0"; left out where it printed none')),
    reached: text('the line of its console that ended the reboot'),
  },
  'what the next kernel said of itself',
);

const planned = {
  machine: text('the name of the machine'),
  strategy,
  cmdline: text('the command line of the next kernel'),
  notes,
  segments: list(segment, 'the segments of the plan'),
  proof,
} as const;

/** A reboot whose arrival was seen. */
export const arrival = object(
  {
    kind: v.literal('arrival'),
    ...planned,
    exceptionLevel: count('the exception level of the old kernel'),
    seed: count('what everything that is random was made from'),
    generation: v.optional(generation),
    timeline: list(phaseTime, 'how long each phase took'),
    profile: v.nullable(profileName),
    destinations: list(readBack, 'every segment, compared'),
    figures,
    breadcrumbs: text('what the console showed up to the jump'),
    jump: address('physical address of the jump'),
    nextKernel: v.optional(nextKernel),
    totals: totals({
      ...planTotals.entries,
      readBackBytes: count('bytes that were read back and compared'),
      seconds: v.nullable(figure('seconds of all phases that were run; null where one is not known')),
    }),
  },
  'a reboot whose arrival was seen',
);

const departure = object(
  {
    kind: v.literal('departure'),
    ...planned,
    reportedBy: v.pipe(v.literal('next boot'), v.description('who tells how it went')),
    totals: planTotals,
  },
  'a reboot that the next boot tells of',
);

/** What the running kernel was given. */
export const byFiles = object(
  {
    kind: v.literal('by files'),
    why: v.optional(text('why it was loaded so; left out where that was asked for')),
    kernel: text('the file of the kernel'),
    initrd: v.optional(text('the file of the initramfs')),
    cmdline: text('the command line of the next kernel'),
  },
  'a load by kexec_file_load: the running kernel has planned by itself',
);

/** What a kernel's own reboot was seen to do. */
export const watched = object(
  {
    kind: v.literal('watched'),
    machine: v.pipe(v.literal('qemu'), v.description('where it was started')),
    memory: hex('bytes of RAM'),
    cpus: count('CPUs'),
    exceptionLevel: count('the exception level of the old kernel'),
    oldKernel: text('its release, as uname -r says it'),
    strategy: v.nullable(strategy),
    nextKernel,
    report: logReport,
  },
  'a reboot of a kernel that left by itself, as its console tells of it',
);

export const reboot = object(
  {
    reboots: list(v.variant('kind', [arrival, departure, byFiles, watched]), 'every reboot, in order'),
    totals: totals({
      reboots: count('reboots'),
      arrived: count('those whose arrival was seen'),
      seconds: v.nullable(figure('seconds of all of them; null where one is not known')),
    }),
  },
  'What kexeckit reboot and kexeckit run print',
);

export type DepartureJson = v.InferOutput<typeof departure>;
export type ArrivalJson = v.InferOutput<typeof arrival>;
export type WatchedJson = v.InferOutput<typeof watched>;
export type RebootJson = v.InferOutput<typeof reboot>;
