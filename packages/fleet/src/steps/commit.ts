import { FleetError } from '../error.ts';
import { type HostRun, identified, LOOK_MS, mayPass, type Release, untilDecided } from './host-run.ts';
import { Patience } from './patience.ts';

/** A host at its point of no return. */
export type Committed =
  | {
      readonly kind: 'committed';
      /** Milliseconds of the rollout's clock. */
      readonly at: number;
      /** Whether it was asked at that very moment: not known of a commit that an earlier try of this step has made. */
      readonly isExact: boolean;
    }
  | Release;

/**
 * Reboots a host into what was staged, once, however often this step is run. It waits until the gate is open. The host itself
 * refuses a second commit of one rollout; a connection that breaks says nothing, so the host is asked again who it is.
 *
 * @throws FleetError what the host refuses; ESTALE where it has rebooted by itself; ETIMEDOUT where nobody says whether it was committed
 * for as long as a reboot may take.
 */
export async function commit(run: HostRun, bootId: string, signal?: AbortSignal): Promise<Committed> {
  const { host, clock, document } = run;
  const patience = new Patience(clock, clock.now() + document.policy.returnWithinMs);
  let last = 'it does not answer';
  for (;;) {
    try {
      return await tryOnce(run, bootId, patience, signal);
    } catch (error) {
      if (!mayPass(error)) throw error;
      last = error.message;
    }
    if (patience.isOver()) break;
    await clock.sleep(LOOK_MS, signal);
  }
  throw new FleetError('ETIMEDOUT', `whether ${host.name} was committed is not known: ${last}`, 'Look at its console', {
    host: host.name,
  });
}

async function tryOnce(run: HostRun, bootId: string, patience: Patience, signal?: AbortSignal): Promise<Committed> {
  const { host, agent, clock, document } = run;
  const { bootId: now } = await identified(run, signal);
  // An earlier try whose answer was lost: it has rebooted, or is on its way.
  if ((await agent.claimOf(host, document.id, signal)) !== undefined) return committed(clock.now(), false);
  if (now !== bootId)
    throw new FleetError('ESTALE', `${host.name} has rebooted by itself before its commit`, 'Find out why', {
      host: host.name,
      value: now,
    });
  patience.isOver();
  const passage = await untilDecided(run, signal);
  patience.excuse();
  if (passage.kind === 'release') return passage;
  const at = clock.now();
  const isExact = (await agent.commit(host, document.id, bootId, signal)) === 'committed';
  return committed(isExact ? at : clock.now(), isExact);
}

const committed = (at: number, isExact: boolean): Committed => ({ kind: 'committed', at, isExact });
