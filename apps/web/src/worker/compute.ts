import { parseProfile } from '@kexeckit/cost';
import { parseIomem } from '@kexeckit/ioport';
import { coverLetterWorkload, reboot, SimulatedMachine } from '@kexeckit/reboot';
import type { StrategyName } from '@kexeckit/relocation';
import { progressAt, type RunWishes } from '../features/controls/model.ts';
import { failureOf } from '../features/failure/model.ts';
import { mapView } from '../features/memory-map/model/view.ts';
import { startingWith } from '../features/strategies/model.ts';
import type { RunMessage, RunRequest } from './protocol.ts';
import { resultOf } from './result.ts';

/** The machine that was wished for: another map is another machine, whose times are known by its own profile only. */
function machineOf({ exceptionLevel, map, profile }: RunWishes): SimulatedMachine {
  return new SimulatedMachine({
    exceptionLevel,
    ...(map && { memory: parseIomem(map.text, { lenient: true }) }),
    ...(profile && { profile: parseProfile(profile.text) }),
  });
}

/** Plans, proves and runs every strategy on the simulated machine, and posts what the page draws. */
export async function compute({ wishes, first }: RunRequest, post: (message: RunMessage) => void): Promise<void> {
  let current: StrategyName = first;
  try {
    const machine = machineOf(wishes);
    const reality = await machine.describe();
    post({ type: 'machine', map: mapView(reality) });
    const workload = coverLetterWorkload();
    const order = startingWith(first);
    for (const strategy of order) {
      current = strategy;
      const request = { ...workload, cmdline: 'console=ttyS0', strategy, seed: wishes.seed };
      const report = await reboot(machine, request, {
        onEvent: (event) => {
          if (event.type !== 'phase') return;
          post({ type: 'progress', progress: progressAt(order, strategy, event.phase) });
        },
      });
      post({ type: 'result', result: resultOf(reality, report) });
    }
    post({ type: 'done' });
  } catch (error) {
    post({ type: 'failed', failure: failureOf(error, current) });
  }
}
