import type { CpuModel, Feature, LineSize } from '@kexeckit/arm64-machine';
import type { SimulatedMachine } from '@kexeckit/reboot';
import { UsageError } from '../error.ts';
import { MACHINE } from '../options/headings.ts';
import { givenArmMap, type MapValues, mapOptions } from '../options/map.ts';
import type { OptionsFor } from '../options/option.ts';
import { type ProfileValues, profileOptions, readProfile } from '../options/profile.ts';
import { strategyNames } from '../options/strategy.ts';
import { cpuFeatures, lineSize } from './cpu.ts';
import type { MachineKind, MadeMachine } from './kind.ts';
import { type PlatformValues, platformOf, platformOptions } from './platform.ts';

/** What the simulated machine can be told. */
export interface SimulatedValues extends PlatformValues, ProfileValues, MapValues {
  readonly lacks?: readonly Feature[];
  readonly line?: LineSize;
}

/** The options of {@link SimulatedValues}. */
export const simulatedOptions: OptionsFor<SimulatedValues> = {
  ...platformOptions,
  lacks: {
    heading: MACHINE,
    summary: 'what its CPUs lack of all that is modelled: sha256,atomics',
    value: '<features>',
    parse: cpuFeatures,
  },
  line: {
    heading: MACHINE,
    summary: 'bytes of a line of its caches',
    value: '<bytes>',
    parse: lineSize,
  },
  ...profileOptions,
  ...mapOptions,
};

const defaults = {
  cpus: '8',
  el: '2',
  iomem: 'Broadcom Stingray, 48 GiB',
  profile: 'published figures of the Stingray; of another map: none, and no times',
  kernel: 'a generated Image of 13 MiB',
  initrd: 'an archive of 24 MiB, full of noise',
  append: 'console=ttyS0',
  strategy: 'all',
} as const;

const ONLY_TO_THE_JUMP = 'it stops at the jump; use --machine qemu';

/** The strict machine: it executes every word of the routine, and stops at the jump. */
export const simulated: MachineKind<SimulatedValues> = {
  name: 'simulated',
  summary: 'a model that keeps the rules of hardware strictly, and stops at the jump',
  options: simulatedOptions,
  defaults,
  instead: {
    memory: 'its memory is that of its map; see --iomem',
    expect: ONLY_TO_THE_JUMP,
    timeout: ONLY_TO_THE_JUMP,
    qemu: ONLY_TO_THE_JUMP,
    keep: ONLY_TO_THE_JUMP,
  },
  strategies: async () => strategyNames,
  cmdline: defaults.append,
  workload: async () => (await import('@kexeckit/reboot')).coverLetterWorkload(),
  goesOn: true,
  make: async (values, io) => {
    const platform = await platformOf(values, defaults);
    const memory = await givenArmMap(values, io, 'give the map of an arm64 machine');
    const profile = await readProfile(values, io);
    const { SimulatedMachine } = await import('@kexeckit/reboot');
    const cpu = cpuOf(values);
    return made(
      new SimulatedMachine({
        ...platform,
        ...(memory && { memory }),
        ...(profile && { profile }),
        ...(cpu && { cpu }),
      }),
    );
  },
};

/**
 * Others than the machine has that was measured; undefined where nothing was said of them.
 *
 * @throws UsageError for CPUs that lack what they are to use.
 */
function cpuOf({ lacks, line, vhe }: SimulatedValues): CpuModel | undefined {
  if (vhe && lacks?.includes('vhe'))
    throw new UsageError('EINVAL', '--vhe with --lacks vhe', 'leave one of the two out');
  if (lacks === undefined && line === undefined) return undefined;
  return { ...(lacks && { without: lacks }), ...(line && { dataLine: line, instructionLine: line }) };
}

const made = (machine: SimulatedMachine): MadeMachine => ({ machine, booted: () => made(machine.booted()) });
