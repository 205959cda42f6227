import type { HookCommand } from '@kexeckit/rollout';
import { type HostRun, type Release, untilDecided } from './host-run.ts';

/** A host without its work, or one that is let go as it is. */
export type Drained = { readonly kind: 'drained' } | Release;

/**
 * Takes a host's work away. It waits until the gate is open: a pause, or an alert, leaves no host without its work.
 *
 * @throws FleetError what the drain hook said; the host may have lost some of its work.
 */
export async function drain(run: HostRun, hook: HookCommand, signal?: AbortSignal): Promise<Drained> {
  const passage = await untilDecided(run, signal);
  if (passage.kind === 'release') return passage;
  await run.fence();
  await run.hook(hook, run.host, signal);
  return { kind: 'drained' };
}
