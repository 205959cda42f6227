import type { SimulatedMachine } from '@kexeckit/reboot';
import { givenArmMap, type MapValues, mapOptions } from '../options/map.ts';
import type { OptionsFor } from '../options/option.ts';
import { type ProfileValues, profileOptions, readProfile } from '../options/profile.ts';
import { strategyNames } from '../options/strategy.ts';
import type { MachineKind, MadeMachine } from './kind.ts';
import { type PlatformValues, platformOf, platformOptions } from './platform.ts';

/** What the simulated machine can be told. */
export interface SimulatedValues extends PlatformValues, ProfileValues, MapValues {}

/** The options of {@link SimulatedValues}. */
export const simulatedOptions: OptionsFor<SimulatedValues> = {
  ...platformOptions,
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
    return made(new SimulatedMachine({ ...platform, ...(memory && { memory }), ...(profile && { profile }) }));
  },
};

const made = (machine: SimulatedMachine): MadeMachine => ({ machine, booted: () => made(machine.booted()) });
