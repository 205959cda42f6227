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
import { documentOf } from '../workflow/fleet.ts';
import { gateOf } from '../workflow/gate.ts';
import { ORDERS_EVENT, PROGRESS_EVENT, prefixOf } from '../workflow/names.ts';
import { noOrders, type Orders } from '../workflow/orders.ts';
import { isEnd, type Progress, type RolloutEnd } from '../workflow/rollout.ts';

/** Workflows that are asked for at once. */
const PAGE = 2000;
/** Hosts under way whose steps are asked for at once. */
const AT_ONCE = 16;

/** A rollout as it stands. What hosts do is read from their own workflows. */
export async function statusOf(client: DBOSClient, id: string, clock: Clock): Promise<RolloutStatus> {
  const document = await documentOf(client, id);
  const [rollout, orders, progress, states] = await Promise.all([
    client.getWorkflow(id),
    client.getEvent<Orders>(id, ORDERS_EVENT, { timeoutSeconds: 0 }),
    client.getEvent<Progress>(id, PROGRESS_EVENT, { timeoutSeconds: 0 }),
    hostStates(client, document),
  ]);
  const end = isEnd(rollout?.output) ? rollout.output : undefined;
  const hosts = document.waves.flatMap((wave) =>
    wave.hosts.map((host): HostState => states.get(host) ?? unbegun(host, wave.name, end)),
  );
  const outcomes = countOutcomes(hosts.flatMap((host) => (host.state === 'ended' ? [host.result] : [])));
  const failures = outcomes.failed + outcomes.lost;
  return {
    format: 'kexeckit-rollout-status/1',
    id,
    state: end?.state ?? 'running',
    gate: gateNow(document, orders ?? noOrders, failures),
    now: clock.now(),
    started: end?.started ?? progress?.started ?? clock.now(),
    ...(end === undefined ? {} : { ended: end.ended }),
    failureBudget: orders?.failureBudget ?? document.failureBudget,
    waves: document.waves.map(({ name, hosts }, index) => ({
      name,
      hosts: hosts.length,
      state: waveState(index, progress, end),
    })),
    outcomes,
    hosts,
  };
}

function unbegun(host: string, wave: string, end: RolloutEnd | undefined): HostState {
  if (end === undefined) return { host, wave, state: 'waiting' };
  return { host, wave, state: 'ended', result: { host, wave, attempt: 0, outcome: 'skipped', times: [] } };
}

/** The latest attempt at each host that was begun. */
async function hostStates(client: DBOSClient, document: RolloutDocument): Promise<ReadonlyMap<string, HostState>> {
  const latest = new Map<string, Attempt>();
  for await (const workflow of workflowsOf(client, document.id)) {
    const attempt = attemptOf(workflow);
    if (attempt !== undefined && (latest.get(attempt.host)?.attempt ?? 0) < attempt.attempt)
      latest.set(attempt.host, attempt);
  }
  const states = new Map<string, HostState>();
  const underWay: Attempt[] = [];
  for (const attempt of latest.values()) {
    const wave = document.waves[attempt.wave]?.name ?? '';
    const result = resultOf(attempt, wave);
    if (result !== undefined && result.outcome !== 'deferred')
      states.set(attempt.host, { host: attempt.host, wave, state: 'ended', result });
    else if (attempt.workflow.status === 'PENDING') underWay.push(attempt);
    else states.set(attempt.host, { host: attempt.host, wave, state: 'waiting' });
  }
  for (let from = 0; from < underWay.length; from += AT_ONCE)
    await Promise.all(
      underWay.slice(from, from + AT_ONCE).map(async (attempt) => {
        const wave = document.waves[attempt.wave]?.name ?? '';
        const { phase, since } = await phaseOf(client, attempt.workflow);
        states.set(attempt.host, { host: attempt.host, wave, state: 'running', phase, since });
      }),
    );
  return states;
}

/** A workflow of a host, by what its id says. */
interface Attempt {
  readonly wave: number;
  readonly host: string;
  readonly attempt: number;
  readonly workflow: WorkflowStatus;
}

function attemptOf(workflow: WorkflowStatus): Attempt | undefined {
  const [, wave, host, attempt] = workflow.workflowID.split('/');
  if (wave === undefined || host === undefined || attempt === undefined) return undefined;
  return { wave: Number(wave), host, attempt: Number(attempt), workflow };
}

async function* workflowsOf(client: DBOSClient, id: string): AsyncGenerator<WorkflowStatus> {
  for (let offset = 0; ; offset += PAGE) {
    const page = { workflow_id_prefix: prefixOf(id), limit: PAGE, offset, loadInput: false, loadOutput: true };
    const workflows = await client.listWorkflows(page);
    yield* workflows;
    if (workflows.length < PAGE) return;
  }
}

/** What a host is at: the step after the last one that has ended. */
async function phaseOf(
  client: DBOSClient,
  { workflowID, dequeuedAt, createdAt }: WorkflowStatus,
): Promise<{ phase: HostPhase; since: number }> {
  const ended = (await client.listWorkflowSteps(workflowID)) ?? [];
  const last = ended.at(-1);
  const at = PHASE_NAMES.indexOf(last?.name ?? '');
  return { phase: hostPhases[at + 1] ?? 'evidence', since: endOf(last?.output) ?? dequeuedAt ?? createdAt };
}

const PHASE_NAMES: readonly string[] = hostPhases;

const endOf = (output: unknown): number | undefined =>
  typeof output === 'object' && output !== null && 'end' in output && typeof output.end === 'number'
    ? output.end
    : undefined;

/** What became of a host: returned where it is well, or thrown. A road that broke off by itself says nothing of the host. */
function resultOf(
  { host, attempt, workflow: { status, output, error } }: Attempt,
  wave: string,
): HostResult | undefined {
  if (isResult(output)) return output;
  if (typeof error === 'object' && error !== null && 'result' in error && isResult(error.result)) return error.result;
  if (ENDED_BADLY.has(status)) return brokenOff(host, wave, attempt, error);
  return undefined;
}

const ENDED_BADLY: ReadonlySet<string> = new Set(['ERROR', 'CANCELLED', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED']);

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

function gateNow(document: RolloutDocument, orders: Orders, seen: number): Gate {
  const budget = orders.failureBudget ?? document.failureBudget;
  const failures = { seen, budget };
  return gateOf({ orders, failures, waveFailures: failures });
}

function waveState(
  index: number,
  progress: Progress | null,
  end: RolloutEnd | undefined,
): RolloutStatus['waves'][number]['state'] {
  if (progress === null || index > progress.wave) return 'waiting';
  if (index < progress.wave || end !== undefined) return 'ended';
  return progress.state;
}
