import { parseProfile } from '@kexeckit/cost';
import { parseIomem } from '@kexeckit/ioport';
import { coverLetterWorkload, generateWorkload, type RebootRequest, reboot, SimulatedMachine } from '@kexeckit/reboot';
import { type StrategyName, strategyNamed } from '@kexeckit/relocation';
import { defaultWishes } from '../desk/wishes.ts';
import { progressAt } from '../features/desk/model.ts';
import { failureOf } from '../features/failure/model.ts';
import { mapView } from '../features/memory-map/model/view.ts';
import { startingWith } from '../features/strategies/model.ts';
import type { RunInputs, RunMessage, RunRequest } from './protocol.ts';
import { resultOf } from './result.ts';

const MIB = 2 ** 20;
const SEED = 2019;

/** The machine that was wished for: another map is another machine, whose times are known by its own profile only. */
function machineOf({ wishes, map, files: { profile } }: RunInputs): SimulatedMachine {
  const { exceptionLevel, vhe, softRestart, cpus } = wishes;
  return new SimulatedMachine({
    ...{ exceptionLevel, vhe, softRestart, cpus },
    ...(map && { memory: parseIomem(map.text, { lenient: true }) }),
    ...(profile && { profile: parseProfile(profile.text) }),
  });
}

/** The files that were given, or generated ones of the sizes that were wished for. */
function filesOf({
  wishes,
  files: { kernel, initrd, dtb },
}: RunInputs): Omit<RebootRequest, 'cmdline' | 'strategy' | 'seed'> {
  const { kernelMib, initrdMib } = wishes;
  const isOf2019 = String(kernelMib) === defaultWishes.kernelMib && String(initrdMib) === defaultWishes.initrdMib;
  const generated = (): { kernel: Uint8Array; initrd: Uint8Array } =>
    isOf2019 ? coverLetterWorkload() : generateWorkload(kernelMib * MIB, initrdMib * MIB, SEED);
  const tree = dtb && { dtb: dtb.bytes };
  if (kernel === undefined) return { ...generated(), ...(initrd && { initrd: initrd.bytes }), ...tree };
  // What the kernel file has besides the kernel is taken where nothing else is given.
  return {
    ...{ kernel: kernel.bytes, kernelName: kernel.name, takes: initrd ? ['dtb'] : ['initrd', 'dtb'] },
    ...(initrd && { initrd: initrd.bytes }),
    ...tree,
  };
}

/** What is asked of the road: the wishes that this strategy has a use for. */
function requestOf(inputs: RunInputs, strategy: StrategyName): RebootRequest {
  const { cmdline, seed, reserve, verify, breadcrumbs } = inputs.wishes;
  const hasRegion = strategyNamed(strategy).region !== undefined;
  return {
    ...filesOf(inputs),
    ...{ cmdline, seed, strategy, breadcrumbs },
    ...(reserve !== '' && hasRegion && { reserve }),
    ...(!verify && { verify: false }),
  };
}

/** Plans, proves and runs every strategy on the simulated machine, and posts what the page draws. */
export async function compute({ inputs, first }: RunRequest, post: (message: RunMessage) => void): Promise<void> {
  try {
    const machine = machineOf(inputs);
    const reality = await machine.describe();
    post({ type: 'machine', map: mapView(reality) });
    const order = startingWith(first);
    for (const strategy of order) {
      try {
        const report = await reboot(machine, requestOf(inputs, strategy), {
          onEvent: (event) => {
            if (event.type !== 'phase') return;
            post({ type: 'progress', progress: progressAt(order, strategy, event.phase) });
          },
        });
        post({ type: 'result', result: resultOf(reality, report) });
      } catch (error) {
        post({ type: 'refused', strategy, failure: failureOf(error, strategy) });
      }
    }
    post({ type: 'done' });
  } catch (error) {
    post({ type: 'failed', failure: failureOf(error) });
  }
}
