import type { DBOSClient, WorkflowStatus } from '@dbos-inc/dbos-sdk';
import {
  countOutcomes,
  type Gate,
  type HostPhase,
  type HostResult,
  type HostState,
  hostPhases,
  type RolloutDocument,
  type RolloutStatus,
} from '@kexeckit/rollout';
import type { Clock } from '../clock.ts';
import { type Attempt, latestAttempts } from '../workflow/attempts.ts';
import { isEndedBadly, whyBrokenOff } from '../workflow/broken-off.ts';
import { documentOf } from '../workflow/fleet.ts';
import { type GateFacts, gateOf } from '../workflow/gate.ts';
import { ORDERS_EVENT, PROGRESS_EVENT } from '../workflow/names.ts';
import { noOrders, type Orders } from '../workflow/orders.ts';
import { isEnd, type Progress, type RolloutEnd } from '../workflow/rollout.ts';

/** Hosts under way whose steps are asked for at once. */
const AT_ONCE = 16;

/** A rollout as it stands. What hosts do is read from their own workflows. */
export async function statusOf(client: DBOSClient, id: string, clock: Clock): Promise<RolloutStatus> {
  const document = await documentOf(client, id);
  // Hosts are read when it is known where the rollout is: once it has ended, no host goes on.
  const [rollout, orders, progress] = await Promise.all([
    client.getWorkflow(id),
    client.getEvent<Orders>(id, ORDERS_EVENT, { timeoutSeconds: 0 }),
    client.getEvent<Progress>(id, PROGRESS_EVENT, { timeoutSeconds: 0 }),
  ]);
  const states = await hostStates(client, document);
  // What a rollout has begun that broke off comes to its end first.
  const isUnderWay = [...states.hosts.values()].some(({ state }) => state === 'running');
  const end = isUnderWay && isEndedBadly(rollout?.status) ? undefined : endOf(rollout, progress);
  const hosts = document.hosts.map(({ name }): HostState => {
    const known = states.hosts.get(name);
    const isBegun = known !== undefined && (known.state !== 'waiting' || end === undefined);
    return isBegun ? known : unbegun(name, states.waveOf.get(name) ?? '', end);
  });
  const started = end?.started ?? progress?.started ?? clock.now();
  const outcomes = countOutcomes(hosts.flatMap((host) => (host.state === 'ended' ? [host.result] : [])));
  return {
    format: 'kexeckit-rollout-status/1',
    id,
    state: end?.state ?? 'running',
    gate: gateNow(document, { orders: orders ?? noOrders, brokenOff: whyBrokenOff(rollout) }, hosts),
    now: lastMoment(clock.now(), [started, end?.ended, ...hosts.map(lastOf)]),
    started,
    ...(end === undefined ? {} : { ended: end.ended }),
    failureBudget: orders?.failureBudget ?? document.failureBudget,
    ...(orders?.highestBudget === undefined ? {} : { highestBudget: orders.highestBudget }),
    waves: document.waves.map(({ name, hosts }, index) => ({
      name,
      hosts: hosts.length,
      state: waveState(index, progress, end, states.begun.has(index)),
    })),
    outcomes,
    hosts,
  };
}

/** A clock that is behind that of the workers does not make a rollout end before it starts. */
const lastMoment = (now: number, others: readonly (number | undefined)[]): number =>
  others.reduce<number>((last, other) => Math.max(last, other ?? last), now);

/** The last moment that is known of a host. Its steps may be told by workers whose clocks differ. */
const lastOf = (host: HostState): number | undefined =>
  host.state === 'running'
    ? host.since
    : host.state === 'ended'
      ? host.result.times.reduce<number | undefined>((last, { end }) => Math.max(last ?? end, end), undefined)
      : undefined;

function unbegun(host: string, wave: string, end: object | undefined): HostState {
  if (end === undefined) return { host, wave, state: 'waiting' };
  return { host, wave, state: 'ended', result: { host, wave, attempt: 0, outcome: 'skipped', times: [] } };
}

interface States {
  readonly hosts: ReadonlyMap<string, HostState>;
  readonly waveOf: ReadonlyMap<string, string>;
  /** Waves with hosts that were begun. */
  readonly begun: ReadonlySet<number>;
}

/** Every host that was begun. */
async function hostStates(client: DBOSClient, document: RolloutDocument): Promise<States> {
  const states = new Map<string, HostState>();
  const waveOf = new Map<string, string>();
  const begun = new Set<number>();
  const underWay: { readonly host: string; readonly wave: string; readonly workflow: WorkflowStatus }[] = [];
  for (const [index, { name: wave, hosts }] of document.waves.entries()) {
    for (const host of hosts) waveOf.set(host, wave);
    for await (const attempt of latestAttempts(client, { rollout: document.id, wave: index, hosts })) {
      const { host, workflow } = attempt;
      begun.add(index);
      const result = resultOf(attempt, wave);
      if (result !== undefined && result.outcome !== 'deferred')
        states.set(host, { host, wave, state: 'ended', result });
      else if (workflow.status === 'PENDING') underWay.push({ host, wave, workflow });
      else states.set(host, { host, wave, state: 'waiting' });
    }
  }
  for (let from = 0; from < underWay.length; from += AT_ONCE)
    await Promise.all(
      underWay.slice(from, from + AT_ONCE).map(async ({ host, wave, workflow }) => {
        const { phase, since } = await phaseOf(client, workflow, document);
        states.set(host, { host, wave, state: 'running', phase, since });
      }),
    );
  return { hosts: states, waveOf, begun };
}

/** What a host is at: the step after the last one that has ended. */
async function phaseOf(
  client: DBOSClient,
  { workflowID, dequeuedAt, createdAt }: WorkflowStatus,
  { policy }: RolloutDocument,
): Promise<{ phase: HostPhase; since: number }> {
  const ended = (await client.listWorkflowSteps(workflowID)) ?? [];
  const since = endOfStep(ended.at(-1)?.output) ?? dequeuedAt ?? createdAt;
  const last = ended.findLast(({ name }) => PHASE_NAMES.includes(name));
  if (last === undefined) return { phase: 'inspect', since };
  const at = PHASE_NAMES.indexOf(last.name);
  const here = hostPhases[at] ?? 'inspect';
  // What did not go well is being undone, or told.
  if (!leadsOn(last.output)) return { phase: here, since };
  const next = hostPhases[at + 1] ?? 'evidence';
  return { phase: next === 'drain' && policy.drain === undefined ? 'commit' : next, since };
}

const PHASE_NAMES: readonly string[] = hostPhases;

const endOfStep = (output: unknown): number | undefined =>
  typeof output === 'object' && output !== null && 'end' in output && typeof output.end === 'number'
    ? output.end
    : undefined;

/** Whether a step ended such that the next one follows. */
function leadsOn(output: unknown): boolean {
  if (typeof output !== 'object' || output === null || !('ok' in output) || output.ok !== true) return false;
  const value = 'value' in output ? output.value : undefined;
  return !(typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'release');
}

/** What became of a host: returned where it is well, or thrown. A road that broke off by itself says nothing of the host. */
function resultOf(
  { host, attempt, workflow: { status, output, error } }: Attempt,
  wave: string,
): HostResult | undefined {
  if (isResult(output)) return output;
  if (typeof error === 'object' && error !== null && 'result' in error && isResult(error.result)) return error.result;
  if (isEndedBadly(status)) return brokenOff(host, wave, attempt, error);
  return undefined;
}

function brokenOff(host: string, wave: string, attempt: number, error: unknown): HostResult {
  const what = error instanceof Error ? error.message : 'it was ended from outside';
  const trouble = {
    phase: 'inspect',
    code: 'EIO',
    what,
    hint: 'Look at the host: nobody knows how far it came',
  } as const;
  return { host, wave, attempt, outcome: 'failed', times: [], trouble };
}

const isResult = (value: unknown): value is HostResult =>
  typeof value === 'object' && value !== null && 'host' in value && 'outcome' in value && 'times' in value;

/** A rollout whose own workflow broke off has ended as well: nothing begins another wave. */
function endOf(
  rollout: WorkflowStatus | undefined,
  progress: Progress | null,
): Pick<RolloutEnd, 'state' | 'started' | 'ended'> | undefined {
  if (isEnd(rollout?.output)) return rollout.output;
  if (rollout === undefined || !isEndedBadly(rollout.status)) return undefined;
  const ended = rollout.completedAt ?? rollout.updatedAt ?? rollout.createdAt;
  const started = progress?.started ?? rollout.createdAt;
  return { state: 'stopped', started, ended: Math.max(started, ended) };
}

/** The gate of the wave that has spent most of its budget; blockers are known to workers alone. */
function gateNow(
  document: RolloutDocument,
  { orders, brokenOff }: Pick<GateFacts, 'orders' | 'brokenOff'>,
  hosts: readonly HostState[],
): Gate {
  const seen = new Map<string, number>();
  let all = 0;
  for (const host of hosts) {
    if (host.state !== 'ended' || (host.result.outcome !== 'failed' && host.result.outcome !== 'lost')) continue;
    seen.set(host.wave, (seen.get(host.wave) ?? 0) + 1);
    all++;
  }
  const budget = orders.failureBudget ?? document.failureBudget;
  const failures = { seen: all, budget };
  const spending = document.waves.map(({ name, failureBudget }) => ({
    seen: seen.get(name) ?? 0,
    budget: orders.failureBudget ?? failureBudget,
  }));
  return gateOf({
    orders,
    brokenOff,
    failures,
    waveFailures: spending.find((wave) => wave.seen > wave.budget) ?? failures,
  });
}

function waveState(
  index: number,
  progress: Progress | null,
  end: Pick<RolloutEnd, 'state'> | undefined,
  isBegun: boolean,
): RolloutStatus['waves'][number]['state'] {
  if (end?.state === 'finished') return 'ended';
  // Its hosts were looked at later, when it had begun.
  if (progress === null || index > progress.wave) return isBegun ? 'running' : 'waiting';
  if (index < progress.wave || end !== undefined) return 'ended';
  return progress.state;
}
