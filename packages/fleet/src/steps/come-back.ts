import type { Identity } from '../agent/identity.ts';
import { FleetError } from '../error.ts';
import { type HostRun, identified, LOOK_MS, mayPass } from './host-run.ts';
import { Patience } from './patience.ts';

/** A host that runs the expected kernel. */
export interface CameBack {
  readonly bootId: string;
  readonly release: string;
  /** When it answered. */
  readonly at: number;
}

/**
 * Waits for a committed host: a new boot id, the expected kernel, and the same machine. That it answers is not enough.
 *
 * @throws FleetError ETIMEDOUT where it does not come back in time; ESTALE where something else came back.
 */
export async function comeBack(
  run: HostRun,
  bootId: string,
  committedAt: number,
  signal?: AbortSignal,
): Promise<CameBack> {
  const { host, clock, document } = run;
  const patience = new Patience(clock, committedAt + document.policy.returnWithinMs);
  let seen = 'it does not answer';
  for (;;) {
    // Asked before its time is over, it may come up before the answer is here: it has until the last moment.
    const isLast = patience.isOver();
    try {
      const identity = await identified(run, signal);
      if (identity.bootId !== bootId) return arrived(run, identity);
      seen = 'it has not rebooted';
    } catch (error) {
      if (!mayPass(error)) throw error;
      seen = error.message;
    }
    if (isLast)
      throw new FleetError('ETIMEDOUT', `${host.name} did not come back in time: ${seen}`, 'Look at its console', {
        host: host.name,
      });
    await clock.sleep(LOOK_MS, signal);
  }
}

function arrived({ host, clock, document }: HostRun, { bootId, release }: Identity): CameBack {
  if (release === document.next.release) return { bootId, release, at: clock.now() };
  throw new FleetError(
    'ESTALE',
    `${host.name} came back with ${release}, not with ${document.next.release}`,
    'Look at its console: the next kernel may have panicked, or firmware started another one',
    { host: host.name },
  );
}
