import { type HostRun, identified, stubborn } from './host-run.ts';

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
