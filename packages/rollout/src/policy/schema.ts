import * as v from 'valibot';
import { DURATION_MAX, parseDuration } from './duration.ts';
import type { HookCommand, RolloutPolicy } from './policy.ts';

/** Waves, windows and blockers of a policy, each. */
const LIST_MAX = 100;
/** Reboots at once. */
const CONCURRENCY_MAX = 100_000;

/** What a policy says where it says nothing; milliseconds. */
export const policyDefaults: Readonly<
  Record<'concurrency' | 'failureBudget' | 'healthWithinMs' | 'returnWithinMs' | 'stepLimitMs' | 'hookLimitMs', number>
> = {
  concurrency: 1,
  failureBudget: 0,
  healthWithinMs: 600_000,
  returnWithinMs: 900_000,
  stepLimitMs: 600_000,
  hookLimitMs: 300_000,
};

const list = <Input, Output>(item: v.GenericSchema<Input, Output>) =>
  v.pipe(v.array(item, 'give a list'), v.maxLength(LIST_MAX, `give at most ${LIST_MAX}`));

const text = v.pipe(v.string('give text'), v.maxLength(4096, 'give at most 4096 characters'));
const amount = v.union([v.number(), text], 'give a whole number of hosts, or a share such as 3%');
const concurrency = v.pipe(
  v.number('give a whole number'),
  v.integer('give a whole number'),
  v.minValue(1, 'give 1 or more'),
  v.maxValue(CONCURRENCY_MAX, `give at most ${CONCURRENCY_MAX}`),
);

const DURATION_HINT = 'give a time with its unit, such as 90s, 5m or 1h30m, at most 30d';
/** Milliseconds of a time as people write it. */
const written = v.pipe(
  v.string(DURATION_HINT),
  v.rawTransform<string, number>(({ dataset, addIssue, NEVER }) => {
    const ms = parseDuration(dataset.value);
    if (ms !== undefined) return ms;
    addIssue({ message: DURATION_HINT });
    return NEVER;
  }),
);
const some = v.pipe(written, v.minValue(1, 'give more than nothing'));
const milliseconds = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(DURATION_MAX));
const someMilliseconds = v.pipe(milliseconds, v.minValue(1));

const ARGV_HINT = "give the program and its arguments as a list, such as [kubectl, drain, '{host}']: there is no shell";
const ARGUMENT_HINT = "give each argument as text, numbers and what has braces in quotes: '{host}'";
const argv = v.tupleWithRest([v.string(ARGUMENT_HINT)], v.string(ARGUMENT_HINT), ARGV_HINT);
const on = v.picklist(['worker', 'host'], 'give worker or host');

/** A command as people write it: its arguments alone, or with where and how long. */
const writtenHook = v.lazy((input): v.GenericSchema<unknown, HookCommand> => {
  if (typeof input === 'object' && input !== null && !Array.isArray(input)) {
    return v.pipe(
      v.strictObject({
        argv,
        on: v.optional(on, 'worker'),
        limit: v.optional(some),
      }),
      v.transform(({ limit = policyDefaults.hookLimitMs, ...rest }): HookCommand => ({ ...rest, limitMs: limit })),
    );
  }
  return v.pipe(
    argv,
    v.transform((taken): HookCommand => ({ argv: taken, on: 'worker', limitMs: policyDefaults.hookLimitMs })),
  );
});

const day = v.picklist(
  ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
  'give days as mon, tue, wed, thu, fri, sat or sun',
);
const timeWindow = v.strictObject({
  days: v.optional(v.pipe(v.array(day, 'give a list of days'), v.maxLength(7, 'name each day once'))),
  start: text,
  end: text,
  zone: v.optional(text),
});

const waveBase = {
  name: text,
  select: text,
  take: v.optional(amount),
  concurrency: v.optional(concurrency),
  failureBudget: v.optional(amount),
};

const writtenWave = v.pipe(
  v.strictObject({ ...waveBase, soak: v.optional(written) }),
  v.transform(({ soak, ...rest }) => (soak === undefined ? rest : { ...rest, soakMs: soak })),
);

/** A policy as people write it. */
export const writtenPolicy: v.GenericSchema<unknown, RolloutPolicy> = v.pipe(
  v.strictObject({
    waves: v.optional(list(writtenWave), []),
    concurrency: v.optional(concurrency, policyDefaults.concurrency),
    failureBudget: v.optional(amount, policyDefaults.failureBudget),
    windows: v.optional(list(timeWindow), []),
    drain: v.optional(writtenHook),
    restore: v.optional(writtenHook),
    health: v.optional(writtenHook),
    console: v.optional(writtenHook),
    healthWithin: v.optional(some),
    blockers: v.optional(list(writtenHook), []),
    notify: v.optional(writtenHook),
    returnWithin: v.optional(some),
    stepLimit: v.optional(some),
  }),
  v.transform(({ healthWithin, returnWithin, stepLimit, ...rest }) => ({
    ...rest,
    healthWithinMs: healthWithin ?? policyDefaults.healthWithinMs,
    returnWithinMs: returnWithin ?? policyDefaults.returnWithinMs,
    stepLimitMs: stepLimit ?? policyDefaults.stepLimitMs,
  })),
);

const hook = v.strictObject({ argv, on, limitMs: someMilliseconds });

/** A policy as it stands in a document: nothing is left to a default. */
export const savedPolicy: v.GenericSchema<unknown, RolloutPolicy> = v.strictObject({
  waves: list(v.strictObject({ ...waveBase, soakMs: v.optional(milliseconds) })),
  concurrency,
  failureBudget: amount,
  windows: list(timeWindow),
  drain: v.optional(hook),
  restore: v.optional(hook),
  health: v.optional(hook),
  console: v.optional(hook),
  healthWithinMs: someMilliseconds,
  blockers: list(hook),
  notify: v.optional(hook),
  returnWithinMs: someMilliseconds,
  stepLimitMs: someMilliseconds,
});
