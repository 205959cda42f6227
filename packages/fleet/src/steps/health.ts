import { FleetError } from '../error.ts';
import { type HostRun, LOOK_MS } from './host-run.ts';

/**
 * Waits until a host is healthy, and gives it its work back.
 *
 * @throws FleetError what the health hook said last; what the restore hook said.
 */
export async function health(run: HostRun, since: number, signal?: AbortSignal): Promise<void> {
  const { policy } = run.document;
  const until = since + policy.healthWithinMs;
  while (policy.health !== undefined) {
    try {
      await run.hook(policy.health, run.host, signal);
      break;
    } catch (error) {
      if (!(error instanceof FleetError) || run.clock.now() >= until) throw error;
    }
    await run.clock.sleep(LOOK_MS, signal);
  }
  if (policy.restore !== undefined) await run.hook(policy.restore, run.host, signal);
}
