import { LINE_SIZE } from '@kexeckit/arm64-machine';
import { parseProfile } from '@kexeckit/cost';
import { parseIomem } from '@kexeckit/ioport';
import { coverLetterWorkload, generateWorkload, type RebootRequest, SimulatedMachine } from '@kexeckit/reboot';
import { type StrategyName, strategyNamed } from '@kexeckit/relocation';
import type { RebootInputs } from './inputs.ts';
import { MOST_BYTES } from './subject.ts';
import { defaultWishes } from './wishes.ts';

const MIB = 2 ** 20;
const SEED = 2019;

/** The machine that was wished for: another map is another machine, whose times are known by its own profile only. */
export function machineOf({ wishes, map, files: { profile } }: RebootInputs): SimulatedMachine {
  const { exceptionLevel, vhe, softRestart, cpus, lacks, cacheLine } = wishes;
  // CPUs like any other machine's leave it the machine whose times are published.
  const isUsual = lacks.length === 0 && cacheLine === LINE_SIZE;
  return new SimulatedMachine({
    ...(!isUsual && { cpu: { without: lacks, dataLine: cacheLine, instructionLine: cacheLine } }),
    ...{ exceptionLevel, vhe, softRestart, cpus },
    ...(map && { memory: parseIomem(map.text, { lenient: true }) }),
    ...(profile && { profile: parseProfile(profile.text) }),
  });
}

/** The files that were given, or generated ones of the sizes that were wished for. */
function filesOf({
  wishes,
  files: { kernel, initrd, dtb },
}: RebootInputs): Omit<RebootRequest, 'cmdline' | 'strategy' | 'seed'> {
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
export function requestOf(inputs: RebootInputs, strategy: StrategyName): RebootRequest {
  const { cmdline, seed, reserve, verify, breadcrumbs } = inputs.wishes;
  const hasRegion = strategyNamed(strategy).region !== undefined;
  return {
    ...filesOf(inputs),
    ...{ cmdline, seed, strategy, breadcrumbs, unpackedMax: MOST_BYTES },
    ...(reserve !== '' && hasRegion && { reserve }),
    ...(!verify && { verify: false }),
  };
}
