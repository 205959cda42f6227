import { FleetError } from '../error.ts';
import { type HostRun, LOOK_MS, mayPass, type Release, strangerIn, untilDecided } from './host-run.ts';
import { Patience } from './patience.ts';

/** A host at its point of no return. */
export type Committed =
  | {
      readonly kind: 'committed';
      /** Milliseconds of the rollout's clock. */
      readonly at: number;
      /** Whether it was asked at that very moment: not known where that was before this step was begun again. */
      readonly isExact: boolean;
    }
  | Release;

/**
 * Reboots a host into what was staged, once, however often this step is run. It waits until the gate is open. The host itself
 * refuses a second commit of one rollout; a connection that breaks says nothing, so the host is asked again who it is. Another machine
 * that answers in its place says nothing of it either.
 *
 * @throws FleetError what the host refuses; ESTALE where it has rebooted by itself; ETIMEDOUT where nobody says whether it was committed
 * for as long as a reboot may take.
 */
export async function commit(run: HostRun, bootId: string, signal?: AbortSignal): Promise<Committed> {
  const { host, clock, document } = run;
  const patience = new Patience(clock, clock.now() + document.policy.returnWithinMs);
  let last = 'it does not answer';
  const asked: Asked = {};
  for (;;) {
    try {
      return await tryOnce(run, bootId, { patience, asked }, signal);
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

/** When a host was asked to reboot, by the last try whose answer was lost: most hosts do not live to give one. */
interface Asked {
  at?: number;
}

/** What tries know of each other. */
interface Tries {
  readonly patience: Patience;
  readonly asked: Asked;
}

async function tryOnce(
  run: HostRun,
  bootId: string,
  { patience, asked }: Tries,
  signal?: AbortSignal,
): Promise<Committed> {
  const { host, agent, clock, document } = run;
  const { at } = asked;
  const identity = await agent.identify(host, signal);
  const stranger = strangerIn(identity, host);
  if (stranger !== undefined) {
    if (at !== undefined) return committed(clock.now(), at);
    throw new FleetError('EHOSTUNREACH', stranger, 'Look who has its address', { host: host.name });
  }
  const { bootId: now } = identity;
  // An earlier try whose answer was lost: it has rebooted, or is on its way.
  if ((await agent.claimOf(host, document.id, signal)) !== undefined) return committed(clock.now(), at);
  if (now !== bootId && at !== undefined) return committed(clock.now(), at);
  if (now !== bootId)
    throw new FleetError('ESTALE', `${host.name} has rebooted by itself before its commit`, 'Find out why', {
      host: host.name,
      value: now,
    });
  patience.isOver();
  const passage = await untilDecided(run, signal);
  patience.excuse();
  if (passage.kind === 'release') return passage;
  await run.fence();
  asked.at = clock.now();
  const answer = await agent.commit(host, document.id, bootId, signal);
  return committed(clock.now(), answer === 'committed' ? asked.at : at);
}

const committed = (now: number, asked: number | undefined): Committed => ({
  kind: 'committed',
  at: asked ?? now,
  isExact: asked !== undefined,
});
