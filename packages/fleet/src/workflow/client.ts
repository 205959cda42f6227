import type { DBOSClient } from '@dbos-inc/dbos-sdk';
import type { PlannedHost, RolloutDocument } from '@kexeckit/rollout';
import { FleetError } from '../error.ts';
import { documentOf } from './fleet.ts';
import { HOST_WORKFLOW, ORDERS_TOPIC, ROLLOUT_WORKFLOW, ROLLOUTS_QUEUE, rolloutIn } from './names.ts';
import { checkOrder, type Order } from './orders.ts';

const UNDER_WAY = ['PENDING', 'ENQUEUED', 'DELAYED'] satisfies ('PENDING' | 'ENQUEUED' | 'DELAYED')[];
const isUnderWay = (status: string | undefined): boolean => UNDER_WAY.some((known) => known === status);

/**
 * Starts a rollout. Some worker takes it.
 *
 * @param document as it was planned, or read by `readRolloutDocument`, which checks it.
 *
 * @throws FleetError EEXIST where there is one of that id: hosts are guarded by it, so that it cannot be used again; EBUSY where another
 * rollout that has not ended has a host of this one: each would load its kernel in the place of the other's, and undo what the other did.
 */
export async function startRollout(client: DBOSClient, document: RolloutDocument): Promise<void> {
  const { id } = document;
  if ((await client.getWorkflow(id)) !== undefined)
    throw new FleetError(
      'EEXIST',
      `there is a rollout ${id}`,
      'Plan a new one: kexeckit fleet plan gives it an id of its own',
      { value: id },
    );
  await refuseShared(client, document);
  await client.registerQueue(ROLLOUTS_QUEUE, { minPollingIntervalMs: 500, onConflict: 'always_update' });
  await client.enqueue({ queueName: ROLLOUTS_QUEUE, workflowName: ROLLOUT_WORKFLOW, workflowID: id }, { document });
}

async function refuseShared(client: DBOSClient, document: RolloutDocument): Promise<void> {
  const mine = new Map(document.hosts.flatMap((host) => traitsOf(host).map((trait) => [trait, host.name] as const)));
  // One after the other: a document of many hosts is large.
  for (const workflowID of await rolloutsUnderWay(client)) {
    const { hosts } = await documentOf(client, workflowID);
    const shared = hosts.flatMap(traitsOf).find((trait) => mine.has(trait));
    if (shared === undefined) continue;
    const name = mine.get(shared) ?? '';
    throw new FleetError(
      'EBUSY',
      `rollout ${workflowID} has ${name} as well, and has not ended`,
      `Wait for it, or end it: kexeckit fleet abort ${workflowID}`,
      { host: name, value: workflowID },
    );
  }
}

/** Rollouts that run, and those that broke off while hosts were under way, which come to their end first. */
async function rolloutsUnderWay(client: DBOSClient): Promise<ReadonlySet<string>> {
  const bare = { loadInput: false, loadOutput: false };
  const [rollouts, hosts] = await Promise.all([
    client.listWorkflows({ workflowName: ROLLOUT_WORKFLOW, status: UNDER_WAY, ...bare }),
    client.listWorkflows({ workflowName: HOST_WORKFLOW, status: 'PENDING', ...bare }),
  ]);
  return new Set([
    ...rollouts.map(({ workflowID }) => workflowID),
    ...hosts.map(({ workflowID }) => rolloutIn(workflowID)),
  ]);
}

/** What tells that two hosts are the same machine. */
const traitsOf = ({ name, address = name, transport = 'ssh', machineId }: PlannedHost): string[] => [
  `${transport} ${address.toLowerCase()}`,
  ...(machineId === '' ? [] : [machineId]),
];

/**
 * Tells a rollout what to do. It follows within seconds, once a worker runs it.
 *
 * @throws FleetError ENOENT where there is no such rollout, or it has no such host; EINVAL where it has ended, or for a number that is none.
 */
export async function orderRollout(client: DBOSClient, id: string, order: Order): Promise<void> {
  const document = await documentOf(client, id);
  const status = await client.getWorkflow(id);
  if (!isUnderWay(status?.status))
    throw new FleetError('EINVAL', `rollout ${id} has ended`, 'See kexeckit fleet report', { value: id });
  if (order.kind === 'bypass' && !document.hosts.some(({ name }) => name === order.host))
    throw new FleetError('ENOENT', `rollout ${id} has no host ${order.host}`, 'See kexeckit fleet status', {
      value: order.host,
    });
  await client.send(id, checkOrder(order), ORDERS_TOPIC);
}
