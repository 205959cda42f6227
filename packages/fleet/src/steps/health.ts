import { FleetError } from '../error.ts';
import { type HostRun, LOOK_MS, stubborn } from './host-run.ts';
import { Patience } from './patience.ts';

/**
 * Waits until a host is healthy, and gives it its work back.
 *
 * @throws FleetError what the health hook said last; what the restore hook said.
 */
export async function health(run: HostRun, since: number, signal?: AbortSignal): Promise<void> {
  const { policy } = run.document;
  const lookMs = 2 * LOOK_MS + (policy.health?.limitMs ?? 0);
  const patience = new Patience(run.clock, since + policy.healthWithinMs, lookMs);
  while (policy.health !== undefined) {
    try {
      await run.hook(policy.health, run.host, signal);
      break;
    } catch (error) {
      if (!(error instanceof FleetError) || patience.isOver()) throw error;
    }
    await run.clock.sleep(LOOK_MS, signal);
  }
  const { restore } = policy;
  if (restore === undefined) return;
  await run.fence();
  await stubborn(run, () => run.hook(restore, run.host, signal), signal);
}
