import { type HostRun, identified, stubborn } from './host-run.ts';

/** What a host is that was to be undone. */
export type Undone =
  | 'undone'
  /** Its reboot was claimed: another worker, cut off meanwhile, has committed it. Nothing was undone. */
  | 'committed';

/**
 * Makes a host as it was before: nothing loaded, its work given back.
 *
 * @throws FleetError what could not be undone.
 */
export async function undo(run: HostRun, wasDrained: boolean, signal?: AbortSignal): Promise<Undone> {
  await run.fence();
  const isCommitted = await stubborn(run, () => discarded(run, signal), signal);
  if (isCommitted) return 'committed';
  const { host, document } = run;
  const { restore } = document.policy;
  if (wasDrained && restore !== undefined) await stubborn(run, () => run.hook(restore, host, signal), signal);
  return 'undone';
}

/** Whether it was committed. Once nothing is loaded, and there is no claim, nobody can commit it any more. */
async function discarded(run: HostRun, signal?: AbortSignal): Promise<boolean> {
  const { host, agent, document } = run;
  await identified(run, signal);
  const isClaimed = async () => (await agent.claimOf(host, document.id, signal)) !== undefined;
  if (await isClaimed()) return true;
  await agent.discard(host, signal);
  return await isClaimed();
}
