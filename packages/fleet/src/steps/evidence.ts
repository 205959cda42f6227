import type { Evidence } from '@kexeckit/rollout';
import type { HostRun } from './host-run.ts';

/**
 * What the host says of the reboot that led to its boot, phase by phase.
 *
 * @throws FleetError where it says nothing; the host is no worse for it.
 */
export async function evidence(run: HostRun, signal?: AbortSignal): Promise<Evidence> {
  await run.agent.install(run.host, [run.document.next.agent], signal);
  return await run.agent.evidence(run.host, signal);
}
