import type { RolloutDocument } from '@kexeckit/rollout';

/** Names of workflows and events, as they stand in the database: they must stay readable by workers of later versions. */
export const ROLLOUT_WORKFLOW = 'rollout';
export const HOST_WORKFLOW = 'host';
/** Event of a rollout: the orders that hold, see `Orders`. */
export const ORDERS_EVENT = 'orders';
/** Event of a rollout: where its waves are. */
export const PROGRESS_EVENT = 'progress';
/** Topic of messages to a rollout. */
export const ORDERS_TOPIC = 'orders';

/** The queue of a rollout's wave; as many of its hosts are under way as it lets. */
export const queueOf = (rollout: string, wave: number): string => `fleet.${rollout}.${wave}`;

/** The workflow of an attempt at a host. */
export const hostWorkflowId = (rollout: string, wave: number, host: string, attempt: number): string =>
  `${prefixOf(rollout, wave)}${host}/${attempt}`;

/** The rollout of a host's workflow. */
export const rolloutIn = (workflow: string): string => workflow.slice(0, workflow.indexOf('/'));

/** What the ids of all host workflows of a rollout, or of one of its waves, begin with. */
export const prefixOf = (rollout: string, wave?: number): string =>
  `${rollout}/${wave === undefined ? '' : `${wave}/`}`;

/** What a host workflow is started with. The document is the rollout workflow's. */
export interface HostTask {
  readonly rollout: string;
  readonly wave: number;
  readonly host: string;
  readonly attempt: number;
  /** Earlier attempts whose window closed over the host's own work: staging and draining took longer than the window. */
  readonly late?: number | undefined;
}

/** What a rollout workflow is started with. */
export interface RolloutTask {
  readonly document: RolloutDocument;
}

/** The queue of rollouts themselves. */
export const ROLLOUTS_QUEUE = 'fleet.rollouts';
