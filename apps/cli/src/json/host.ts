import * as v from 'valibot';
import { count, figure, flag, hex, list, object, text } from './parts.ts';
import { figures, notes, planTotals, proof, segment, strategy } from './plan-parts.ts';
import { byFiles } from './reboot.ts';

const slotEntries = {
  next: v.optional(flag('whether a reboot has an image; left out where that cannot be read')),
  crash: v.optional(flag('whether a panic has one; left out where that cannot be read')),
  crashSize: v.optional(hex('bytes that are reserved for a crash kernel')),
} as const;

export const slots = object(slotEntries, 'What kexeckit unload and kexeckit exec print: what this kernel has loaded');

const holder = object(
  {
    pid: count('its number'),
    started: count('when it was started, in ticks since boot'),
    boot: text('the id of the boot that it belongs to'),
    namespace: text('the namespaces that its number and its start are of'),
    strategy: text('the strategy of what it holds'),
    isAlive: v.optional(flag('whether it lives; left out where only another namespace knows')),
    isWhole: v.optional(flag('whether its pages are as they were proved; left out where it does not say')),
  },
  'the process in whose pages the image stands',
);

export const status = object(
  { ...slotEntries, holder: v.optional(holder) },
  'What kexeckit status prints: what this kernel has loaded, and who holds it',
);

const run = object(
  { configuration: text('its configuration'), seconds: figure('seconds on the clock of this host'), figures },
  'a run on the strict machine',
);

const rehearsal = object(
  { runs: list(run, 'each run'), seconds: figure('seconds of all runs') },
  'how the plan was rehearsed; left out where it was not',
);

const loadedPlan = object(
  {
    kind: v.literal('plan'),
    machine: text('the name of the machine'),
    strategy,
    cmdline: text('the command line of the next kernel'),
    notes,
    segments: list(segment, 'the segments of the plan'),
    proof,
    rehearsal: v.optional(rehearsal),
    forPanic: v.optional(text('what a panic starts until the reboot; left out where that is what it was before')),
    totals: planTotals,
  },
  'a plan that stands ready on this machine',
);

export const load = v.pipe(v.variant('kind', [loadedPlan, byFiles]), v.description('What kexeckit load prints'));

export type SlotsJson = v.InferOutput<typeof slots>;
export type StatusJson = v.InferOutput<typeof status>;
export type LoadJson = v.InferOutput<typeof load>;
