import { FleetError } from '../error.ts';
import { type HostRun, identified, LOOK_MS, mayPass, type Passage } from './host-run.ts';

/** A host at its point of no return. */
export type Committed =
  | {
      readonly kind: 'committed';
      /** Milliseconds of the rollout's clock. */
      readonly at: number;
      /** Whether it was asked at that very moment: not known where that was before this step was begun again. */
      readonly isExact: boolean;
    }
  | { readonly kind: 'release'; readonly to: 'undone' | 'deferred'; readonly why: string };

/**
 * Reboots a host into what was staged, once, however often this step is run. It waits until the gate is open. The host itself
 * refuses a second commit of one rollout; a connection that breaks says nothing, so the host is asked again who it is.
 *
 * @throws FleetError what the host refuses; ETIMEDOUT where it cannot be reached, and does not come back, for as long as a reboot may take.
 */
export async function commit(run: HostRun, bootId: string, signal?: AbortSignal): Promise<Committed> {
  const { host, clock, document } = run;
  let last = 'it does not answer';
  const asked: Asked = {};
  for (const until = clock.now() + document.policy.returnWithinMs; ; ) {
    try {
      return await tryOnce(run, bootId, asked, signal);
    } catch (error) {
      if (!mayPass(error)) throw error;
      last = error.message;
    }
    if (clock.now() >= until) break;
    await clock.sleep(LOOK_MS, signal);
  }
  throw new FleetError('ETIMEDOUT', `whether ${host.name} was committed is not known: ${last}`, 'Look at its console', {
    host: host.name,
  });
}

/** When a host was asked to reboot, by the last try whose answer was lost: most hosts do not live to give one. */
interface Asked {
  at?: number;
}

async function tryOnce(run: HostRun, bootId: string, asked: Asked, signal?: AbortSignal): Promise<Committed> {
  const { host, agent, clock, document } = run;
  const { at } = asked;
  if ((await identified(run, signal)).bootId !== bootId) return committed(clock.now(), at);
  // An earlier try whose answer was lost: it is on its way.
  if (await agent.isClaimed(host, document.id, signal)) return committed(clock.now(), at);
  const passage = await untilDecided(run, signal);
  if (passage.kind === 'release') return passage;
  asked.at = clock.now();
  const answer = await agent.commit(host, document.id, bootId, signal);
  return committed(clock.now(), answer === 'committed' ? asked.at : at);
}

const committed = (now: number, asked: number | undefined): Committed => ({
  kind: 'committed',
  at: asked ?? now,
  isExact: asked !== undefined,
});

/** Waits while the gate says to wait. */
async function untilDecided(run: HostRun, signal?: AbortSignal): Promise<Exclude<Passage, { kind: 'wait' }>> {
  for (;;) {
    const passage = await run.passage();
    if (passage.kind !== 'wait') return passage;
    await run.clock.sleep(LOOK_MS, signal);
  }
}
