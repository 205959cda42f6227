import type { DBOSClient, WorkflowStatus } from '@dbos-inc/dbos-sdk';
import { hostWorkflowId } from './names.ts';

/** The latest attempt at a host. */
export interface Attempt {
  readonly host: string;
  readonly attempt: number;
  readonly workflow: WorkflowStatus;
}

/** Whose attempts are asked for. */
interface Asked {
  readonly rollout: string;
  readonly wave: number;
  readonly hosts: readonly string[];
  /** Whether what they were started with is wanted as well. */
  readonly loadInput?: boolean;
}

/** Hosts that are asked for at once: what they said is in memory together. */
const HOSTS_AT_ONCE = 500;
/** Attempts of one host that are asked for at once. */
const ATTEMPTS_MOST = 64;

/**
 * The latest attempt at each host of a wave that was begun. Each is asked for by its name: a list in pages, in the order of the
 * milliseconds in which they were begun, would leave some out.
 */
export async function* latestAttempts(client: DBOSClient, asked: Asked): AsyncGenerator<Attempt> {
  const { hosts } = asked;
  for (let from = 0; from < hosts.length; from += HOSTS_AT_ONCE)
    yield* latestOf(client, { ...asked, hosts: hosts.slice(from, from + HOSTS_AT_ONCE) });
}

async function* latestOf(
  client: DBOSClient,
  { rollout, wave, hosts, loadInput = false }: Asked,
): AsyncGenerator<Attempt> {
  // Attempts are numbered without gaps, and hosts with many of them are few.
  let left = hosts;
  for (let first = 1, count = 1; left.length > 0; first += count, count = Math.min(2 * count, ATTEMPTS_MOST)) {
    const wanted = new Map<string, { readonly host: string; readonly attempt: number }>();
    for (const host of left)
      for (let attempt = first; attempt < first + count; attempt++)
        wanted.set(hostWorkflowId(rollout, wave, host, attempt), { host, attempt });
    const latest = new Map<string, Attempt>();
    for (const workflow of await listed(client, [...wanted.keys()], loadInput)) {
      const found = wanted.get(workflow.workflowID);
      if (found !== undefined && (latest.get(found.host)?.attempt ?? 0) < found.attempt)
        latest.set(found.host, { ...found, workflow });
    }
    const last = first + count - 1;
    const on: string[] = [];
    for (const attempt of latest.values()) {
      if (attempt.attempt === last && isDeferred(attempt)) on.push(attempt.host);
      else yield attempt;
    }
    // Where the one after it is not there yet, this one is the latest.
    const next = await listed(
      client,
      on.map((host) => hostWorkflowId(rollout, wave, host, last + 1)),
    );
    const goOn = new Set(next.map(({ workflowID }) => workflowID));
    for (const host of on) {
      const attempt = latest.get(host);
      if (attempt !== undefined && !goOn.has(hostWorkflowId(rollout, wave, host, last + 1))) yield attempt;
    }
    left = on.filter((host) => goOn.has(hostWorkflowId(rollout, wave, host, last + 1)));
  }
}

async function listed(client: DBOSClient, workflowIDs: string[], loadInput = false): Promise<WorkflowStatus[]> {
  if (workflowIDs.length === 0) return [];
  return await client.listWorkflows({ workflowIDs, loadInput, loadOutput: true });
}

/** Whether it was let go until its next window. */
export const isDeferred = ({ workflow: { output } }: Pick<Attempt, 'workflow'>): boolean =>
  typeof output === 'object' && output !== null && 'outcome' in output && output.outcome === 'deferred';

/** In how many attempts, this one with them, a host's own work took longer than its window. */
export function lateAttempts({ workflow: { input, output } }: Pick<Attempt, 'workflow'>): number {
  const task: unknown = input?.[0];
  const before = typeof task === 'object' && task !== null && 'late' in task ? Number(task.late) : 0;
  const isLate = typeof output === 'object' && output !== null && 'trouble' in output && output.trouble !== undefined;
  return before + (isLate ? 1 : 0);
}
