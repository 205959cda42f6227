import { hostPhases, outcomes, timeBounds } from '@kexeckit/rollout';
import * as v from 'valibot';
import { count, figure, list, object, text, texts, word, written } from './parts.ts';

const phase = word(hostPhases, 'the step');
const moment = (meaning: string) => v.pipe(v.number(), v.description(`${meaning}, in milliseconds since 1970`));

const left = list(
  object({ host: text('its name'), why: text('why it takes no part') }, 'a host'),
  'hosts that take no part',
);

const plannedClass = object(
  {
    key: text('SHA-256 of what plans depend on'),
    strategy: text('the strategy of its plan'),
    hosts: count('hosts of it'),
    checks: count('facts that the proof looked at'),
    rehearsals: count('configurations that it was rehearsed on'),
    plan: text('where its plan is'),
  },
  'hosts that are alike: one plan, one proof, one rehearsal',
);

const plannedWave = object(
  {
    name: text('its name'),
    hosts: count('hosts of it'),
    concurrency: count('hosts that are under way at once'),
    failureBudget: count('failed and lost hosts of it that are accepted'),
    soakSeconds: figure('seconds between its end and the next wave'),
  },
  'hosts that go together',
);

export const fleetPlan = object(
  {
    id: text('the name of the rollout'),
    release: text('what hosts are expected to run'),
    file: written,
    classes: list(plannedClass, 'the classes'),
    waves: list(plannedWave, 'the waves, in their order'),
    left,
    totals: object(
      {
        hosts: count('hosts that take part'),
        left: count('hosts that do not'),
        failureBudget: count('failed and lost hosts that are accepted'),
      },
      'sums and counts of what is listed',
    ),
  },
  'What kexeckit fleet plan prints',
);

const trouble = object(
  { phase, code: text('the name of an errno'), what: text('what is wrong'), hint: text('what to do') },
  'why it is not done',
);

const loggedTime = object(
  {
    ms: figure('milliseconds'),
    bound: word(timeBounds, 'what they are; what is only a bound holds other phases, too'),
  },
  'how long a phase took',
);

export const hostResult = object(
  {
    host: text('its name'),
    wave: text('its wave'),
    attempt: count('which attempt it was; 0 where there was none'),
    outcome: word(outcomes, 'how it ended'),
    times: list(
      object({ phase, start: moment('when it began'), end: moment('when it ended') }, 'a step'),
      'the steps that it went through',
    ),
    trouble: v.optional(trouble),
    bootBefore: v.optional(text('the id of the boot that it left')),
    bootAfter: v.optional(text('the id of the boot that it came back in')),
    kernelAfter: v.optional(text('the release that it came back with')),
    downtimeMs: v.optional(figure('milliseconds from the commit until it answered as the expected kernel')),
    console: v.optional(texts('the last lines of its console')),
    evidence: v.optional(
      v.pipe(v.record(v.string(), loggedTime), v.description('how long each phase of the reboot took, by its logs')),
    ),
  },
  'what became of a host',
);

const hostNamed = { host: text('its name'), wave: text('its wave') } as const;

export const hostState = v.pipe(
  v.variant('state', [
    object({ ...hostNamed, state: v.literal('waiting') }, 'a host that was not begun, or waits for its window'),
    object(
      { ...hostNamed, state: v.literal('running'), phase, since: moment('since when') },
      'a host that is under way',
    ),
    object({ ...hostNamed, state: v.literal('ended'), result: hostResult }, 'a host that has ended'),
  ]),
  v.description('where a host stands'),
);

const gate = object(
  {
    state: word(['open', 'paused', 'blocked', 'spent', 'aborted'], 'whether reboots may begin'),
    why: v.optional(text('why not; left out where they may')),
  },
  'whether reboots may begin',
);

const outcomeCounts = object(
  {
    done: count('hosts that run the expected kernel and are healthy'),
    refused: count('hosts that are not what was planned for: nothing was changed'),
    failed: count('hosts of which a step failed'),
    lost: count('hosts that were committed and did not come back, or not as expected'),
    undone: count('hosts that were let go as they were'),
    skipped: count('hosts that were never begun'),
    deferred: count('hosts that wait for their next window'),
  },
  'how many hosts ended in each way',
);

export const fleetStatus = object(
  {
    format: v.literal('kexeckit-rollout-status/1'),
    id: text('the name of the rollout'),
    state: word(['running', 'finished', 'stopped'], 'stopped: its budget was spent, or it was aborted'),
    gate,
    now: moment('when it stood so'),
    started: moment('when it began'),
    ended: v.optional(moment('when it ended')),
    failureBudget: count('failed and lost hosts that are accepted'),
    highestBudget: v.optional(count('the same, the highest that an operator has set')),
    waves: list(
      object(
        {
          name: text('its name'),
          state: word(['waiting', 'running', 'soaking', 'ended'], 'where it is'),
          hosts: count('hosts of it'),
        },
        'a wave',
      ),
      'the waves, in their order',
    ),
    outcomes: outcomeCounts,
    hosts: list(hostState, 'every host'),
  },
  'A rollout as it stands',
);

const rollouts = object(
  {
    rollouts: list(
      object(
        {
          id: text('its name'),
          state: word(['waiting', 'running', 'finished', 'stopped', 'broken'], 'waiting: no worker has taken it yet'),
          why: v.optional(text('why it was stopped, or broke')),
          ordered: moment('when it was ordered'),
        },
        'a rollout',
      ),
      'the oldest first',
    ),
    totals: object({ rollouts: count('how many there are') }, 'sums and counts of what is listed'),
  },
  'Every rollout that there is',
);

export const fleetStatusOrList = v.pipe(
  v.union([fleetStatus, rollouts]),
  v.description('What kexeckit fleet status prints: with a name that rollout, without one all'),
);

export const fleetOrder = object(
  {
    rollout: text('the rollout that was told'),
    order: word(
      ['pause', 'resume', 'abort', 'bypass'],
      'what it was told; it follows within seconds while a worker runs',
    ),
    host: v.optional(text('the host that may pass')),
    why: v.optional(text('what others are told')),
    failureBudget: v.optional(count('failed and lost hosts that are accepted from here on')),
  },
  'What kexeckit fleet pause, resume, abort and bypass print',
);

const distribution = object(
  {
    n: count('how many values there are'),
    least: v.optional(figure('the least')),
    p50: v.optional(figure('half are at most so')),
    p90: v.optional(figure('nine of ten are at most so')),
    p99: v.optional(figure('ninety-nine of a hundred are at most so')),
    most: v.optional(figure('the most')),
  },
  'how values are spread; what too few values tell is left out',
);

export const fleetReport = object(
  {
    id: text('the name of the rollout'),
    state: word(['running', 'finished', 'stopped'], 'stopped: its budget was spent, or it was aborted'),
    outcomes: outcomeCounts,
    downtimeMs: distribution,
    troubles: list(
      object(
        {
          host: text('its name'),
          wave: text('its wave'),
          outcome: word(outcomes, 'how it ended'),
          trouble: v.optional(trouble),
        },
        'a host',
      ),
      'hosts that are not done',
    ),
    faults: texts('figures of the status that do not add up; none is as it should be'),
    html: v.optional(written),
    prometheus: v.optional(written),
    totals: object(
      { hosts: count('hosts of the rollout'), troubles: count('hosts that are not done') },
      'sums and counts of what is listed',
    ),
  },
  'What kexeckit fleet report prints',
);

export const fleetWorker = object(
  { worker: text('its id'), database: word(['postgresql', 'embedded'], 'what keeps the rollouts') },
  'What kexeckit fleet worker prints when it takes part',
);

export const fleetFarm = object(
  {
    address: text('what KEXECKIT_FARM is set to'),
    hosts: count('simulated hosts'),
    release: text('what they run after a good reboot'),
    files: v.optional(
      object(
        { inventory: text('the hosts'), policy: text('a policy'), kernel: text('a kernel') },
        'files to go on with',
      ),
    ),
  },
  'What kexeckit fleet farm prints when it listens',
);

export type FleetPlanJson = v.InferOutput<typeof fleetPlan>;
export type FleetStatusJson = v.InferOutput<typeof fleetStatus>;
export type RolloutListJson = v.InferOutput<typeof rollouts>;
export type FleetOrderJson = v.InferOutput<typeof fleetOrder>;
export type FleetReportJson = v.InferOutput<typeof fleetReport>;
export type FleetWorkerJson = v.InferOutput<typeof fleetWorker>;
export type FleetFarmJson = v.InferOutput<typeof fleetFarm>;
