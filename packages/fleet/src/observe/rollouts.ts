import type { DBOSClient, WorkflowStatus } from '@dbos-inc/dbos-sdk';
import { ROLLOUT_WORKFLOW } from '../workflow/names.ts';
import { isEnd } from '../workflow/rollout.ts';

/** A rollout of a database, as far as it is told without its hosts. */
export interface KnownRollout {
  readonly id: string;
  /** `waiting`: no worker has taken it yet. `broken`: it ended by itself, which the engine says why. */
  readonly state: 'waiting' | 'running' | 'finished' | 'stopped' | 'broken';
  /** Why it was stopped, or broke. */
  readonly why?: string | undefined;
  /** When it was ordered, in real milliseconds since 1970. */
  readonly ordered: number;
}

/** Every rollout that a database knows, the oldest first. */
export async function listRollouts(client: DBOSClient, id?: string): Promise<KnownRollout[]> {
  const asked = { workflowName: ROLLOUT_WORKFLOW, loadInput: false, loadOutput: true };
  const found = await client.listWorkflows(id === undefined ? asked : { ...asked, workflowIDs: [id] });
  return found.map(knownOf).sort((a, b) => a.ordered - b.ordered);
}

function knownOf({ workflowID: id, status, output, error, createdAt: ordered }: WorkflowStatus): KnownRollout {
  if (isEnd(output)) return { id, state: output.state, why: output.why, ordered };
  if (UNDER_WAY.has(status)) return { id, state: status === 'PENDING' ? 'running' : 'waiting', ordered };
  return { id, state: 'broken', why: error instanceof Error ? error.message : status.toLowerCase(), ordered };
}

const UNDER_WAY: ReadonlySet<string> = new Set(['PENDING', 'ENQUEUED', 'DELAYED']);
