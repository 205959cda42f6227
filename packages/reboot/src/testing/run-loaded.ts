import type { LoadedReboot, Machine } from '../machine/machine.ts';
import type { Ending } from '../machine/report.ts';
import type { Watch } from '../watch.ts';

/** Stages a loaded reboot and commits it at once, without asking the proof. */
export async function runLoaded<End extends Ending>(
  machine: Machine<End>,
  reboot: LoadedReboot,
  watch: Watch = {},
): Promise<End> {
  const staged = await machine.stage(reboot, watch);
  return await staged.commit(watch);
}
