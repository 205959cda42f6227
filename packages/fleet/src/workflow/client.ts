import type { DBOSClient } from '@dbos-inc/dbos-sdk';
import type { RolloutDocument } from '@kexeckit/rollout';
import { FleetError } from '../error.ts';
import { documentOf } from './fleet.ts';
import { ORDERS_TOPIC, ROLLOUT_WORKFLOW, ROLLOUTS_QUEUE } from './names.ts';
import type { Order } from './orders.ts';

/**
 * Starts a rollout. Some worker takes it.
 *
 * @throws FleetError EEXIST where there is one of that id: hosts are guarded by it, so that it cannot be used again.
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
  await client.registerQueue(ROLLOUTS_QUEUE, { minPollingIntervalMs: 500, onConflict: 'always_update' });
  await client.enqueue({ queueName: ROLLOUTS_QUEUE, workflowName: ROLLOUT_WORKFLOW, workflowID: id }, { document });
}

/**
 * Tells a rollout what to do. It follows within seconds, once a worker runs it.
 *
 * @throws FleetError ENOENT where there is no such rollout, or it has no such host; EINVAL where it has ended.
 */
export async function orderRollout(client: DBOSClient, id: string, order: Order): Promise<void> {
  const document = await documentOf(client, id);
  const status = await client.getWorkflow(id);
  if (status?.status === 'SUCCESS' || status?.status === 'ERROR')
    throw new FleetError('EINVAL', `rollout ${id} has ended`, 'See kexeckit fleet report', { value: id });
  if (order.kind === 'bypass' && !document.hosts.some(({ name }) => name === order.host))
    throw new FleetError('ENOENT', `rollout ${id} has no host ${order.host}`, 'See kexeckit fleet status', {
      value: order.host,
    });
  await client.send(id, order, ORDERS_TOPIC);
}
