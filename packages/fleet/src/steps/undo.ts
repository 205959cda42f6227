import { FleetError } from '../error.ts';
import { type HostRun, identified, LOOK_MS, mayPass } from './host-run.ts';

const TRIES = 5;

/**
 * Makes a host as it was before: nothing loaded, its work given back.
 *
 * @throws FleetError what could not be undone.
 */
export async function undo(run: HostRun, wasDrained: boolean, signal?: AbortSignal): Promise<void> {
  const { host, agent, document } = run;
  await stubborn(
    run,
    async () => {
      await identified(run, signal);
      await agent.discard(host, signal);
    },
    signal,
  );
  const { restore } = document.policy;
  if (wasDrained && restore !== undefined) await stubborn(run, () => run.hook(restore, host, signal), signal);
}

/** Tries again what fails for want of an answer: what is not undone stays on the host. */
async function stubborn(run: HostRun, body: () => Promise<unknown>, signal?: AbortSignal): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await body();
      return;
    } catch (error) {
      if (!(error instanceof FleetError) || !mayPass(error) || tries === TRIES) throw error;
    }
    await run.clock.sleep(LOOK_MS, signal);
  }
}
