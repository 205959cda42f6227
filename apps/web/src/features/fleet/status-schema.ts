import {
  type HostState,
  hostPhases,
  outcomes,
  type RolloutStatus,
  type TroubleCode,
  timeBounds,
} from '@kexeckit/rollout';
import * as v from 'valibot';
import { pickKeys } from '../../shared/keys.ts';

/** Waves that are drawn: each has a row of its own. */
const WAVES_MAX = 1000;

const name = v.pipe(v.string(), v.maxLength(256, 'a name of more than 256 characters'));
const text = v.pipe(v.string(), v.maxLength(65_536, 'a text of more than 65536 characters'));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const number = v.pipe(v.number(), v.finite());
/** Beyond this a date cannot be told. */
const moment = v.pipe(number, v.minValue(-8.64e15), v.maxValue(8.64e15));

/** Milliseconds; with more than thirty thousand years, numbers of a computer run out before an axis does. */
const span = v.pipe(number, v.minValue(-1e15), v.maxValue(1e15));

/** A record leaves keys out that every object has: whoever takes them for phases would lose them. */
function hasPlainNames(value: unknown): boolean {
  const isRecord = typeof value === 'object' && value !== null;
  return (
    isRecord && Object.keys(value).every((key) => key !== '__proto__' && key !== 'constructor' && key !== 'prototype')
  );
}

/** Phases that a log may tell of: each is a line of the page. */
const PHASES_MAX = 64;
const duration = v.pipe(span, v.minValue(0, 'a time below zero'));
const evidence = v.pipe(
  v.custom<Readonly<Record<string, unknown>>>(hasPlainNames, 'a phase with a name that no phase can have'),
  v.record(name, v.object({ ms: duration, bound: v.picklist(timeBounds) })),
  v.check((phases) => Object.keys(phases).length <= PHASES_MAX, `more than ${PHASES_MAX} phases`),
);

/** Every code that there is; the record makes the compiler see to that. */
const codes: Readonly<Record<TroubleCode, true>> = {
  ...{ EINVAL: true, ENOENT: true, EEXIST: true, EACCES: true, EPERM: true, EBUSY: true, EIO: true, EPROTO: true },
  ...{ EMSGSIZE: true, ETIMEDOUT: true, ECONNREFUSED: true, EHOSTUNREACH: true, EKEYREJECTED: true, ESTALE: true },
  ...{ ECANCELED: true, EOPNOTSUPP: true },
};

export const troubleCodes: readonly TroubleCode[] = pickKeys(codes);

const phase = v.picklist(hostPhases);

const result = v.object({
  host: name,
  wave: name,
  attempt: count,
  outcome: v.picklist(outcomes),
  times: v.pipe(v.array(v.object({ phase, start: moment, end: moment })), v.maxLength(hostPhases.length)),
  trouble: v.optional(v.object({ phase, code: v.picklist(troubleCodes), what: text, hint: text })),
  bootBefore: v.optional(name),
  bootAfter: v.optional(name),
  kernelAfter: v.optional(name),
  downtimeMs: v.optional(span),
  console: v.optional(v.pipe(v.array(text), v.maxLength(10_000))),
  evidence: v.optional(evidence),
});

const host: v.GenericSchema<unknown, HostState> = v.variant('state', [
  v.object({ host: name, wave: name, state: v.literal('waiting') }),
  v.object({ host: name, wave: name, state: v.literal('running'), phase, since: moment }),
  v.object({ host: name, wave: name, state: v.literal('ended'), result }),
]);

/** What `kexeckit fleet status --json` prints, as far as each field tells by itself. Fields that it does not know are left out. */
export const statusSchema: v.GenericSchema<unknown, RolloutStatus> = v.object({
  format: v.literal('kexeckit-rollout-status/1'),
  id: name,
  state: v.picklist(['running', 'finished', 'stopped']),
  gate: v.variant('state', [
    v.object({ state: v.literal('open') }),
    v.object({ state: v.picklist(['paused', 'blocked', 'spent', 'aborted']), why: text }),
  ]),
  now: moment,
  started: moment,
  ended: v.optional(moment),
  failureBudget: count,
  highestBudget: v.optional(count),
  waves: v.pipe(
    v.array(
      v.object({
        name,
        state: v.picklist(['waiting', 'running', 'soaking', 'ended']),
        hosts: count,
      }),
    ),
    v.maxLength(WAVES_MAX),
  ),
  outcomes: v.object({
    ...{ done: count, refused: count, failed: count, lost: count, undone: count, skipped: count, deferred: count },
  }),
  hosts: v.array(host),
});
