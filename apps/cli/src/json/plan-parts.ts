import * as v from 'valibot';
import { strategyNames } from '../options/strategy.ts';
import { invariant, violation } from './error.ts';
import { address, count, flag, hex, list, object, range, text, texts, totals, word } from './parts.ts';

export const strategy = word(strategyNames, 'the name of the strategy');

/** Where a segment stands. */
export const segment = object(
  {
    name: text('what it is: kernel, initrd, dtb, …'),
    mem: address('physical address of its destination'),
    memsz: hex('bytes at the destination, whole pages'),
    bufsz: hex('bytes of content, at most memsz'),
    placement: word(
      ['copied', 'in-place', 'delivered'],
      'copied by the routine, loaded where it runs, or copied by the running kernel',
    ),
  },
  'a segment, and how it comes to its place',
);

const check = object(
  {
    invariant,
    statement: text('what is shown'),
    checked: count('how many of its unit were checked'),
    unit: text('what is counted: page or pages, word or words'),
    violations: count('how many of them break it'),
  },
  'an invariant that was checked',
);

export const proof = object(
  { checks: list(check, 'every invariant'), violations: list(violation, 'the first violations of each') },
  'what was proved',
);

const planTotalsEntries = {
  segments: count('segments'),
  memoryBytes: count('bytes of all destinations'),
  contentBytes: count('bytes of all content'),
  invariants: count('invariants that were checked'),
  checked: count('checks of all invariants, of pages, entries, words and what else each is counted in'),
  violations: count('violations'),
} as const;

/** What a plan comes to. */
export const planTotals = totals(planTotalsEntries);

export type PlanTotalsJson = v.InferOutput<typeof planTotals>;

export const notes = texts('what of the plan is a guess, or was filled in');

/** What a reboot leaves to the next. */
export const generation = object(
  {
    name: word(['kexeckernel', 'crashkernel'], 'the parameter that reserves the region'),
    region: range('the whole region'),
    half: v.optional(word(['lower', 'upper'], 'the half that is loaded into; left out for the whole region')),
    parameter: text('what tells the next kernel: a parameter, or the name of a node'),
    byNode: flag('whether it is a node of the device tree'),
  },
  'what the reboot does with a region, and leaves to the next',
);

const machineFigure = object(
  {
    name: word(
      [
        'instructions retired',
        'uncached accesses',
        'cache lines filled',
        'cache lines cleaned',
        'table walks',
        'frames touched',
        'segments verified',
      ],
      'what was counted',
    ),
    value: count('how many'),
    unit: word(['instructions', 'accesses', 'lines', 'walks', 'frames', 'bytes', 'segments'], 'of what'),
  },
  'something that the machine counted',
);

export const figures = list(machineFigure, 'what the machine counted');

const half = v.picklist(['free pages', 'whole region', 'lower', 'upper']);

/** One thing that is done around a reboot. */
export const step = v.variant('kind', [
  v.strictObject({ kind: v.literal('unload'), what: text('what the region holds') }),
  v.strictObject({ kind: v.literal('load'), into: v.pipe(half, v.description('where: a half is of the region')) }),
  v.strictObject({ kind: v.literal('prove') }),
  v.strictObject({ kind: v.literal('shut down') }),
  v.strictObject({ kind: v.literal('jump') }),
  v.strictObject({ kind: v.literal('reserve'), parameter: text('what the next kernel reserves') }),
  v.strictObject({ kind: v.literal('load again'), what: text('what the region held') }),
]);
