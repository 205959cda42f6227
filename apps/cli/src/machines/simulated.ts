import type { ResourceTree } from '@kexeckit/ioport';
import type { SimulatedMachine } from '@kexeckit/reboot';
import { UsageError } from '../error.ts';
import { readInput } from '../options/files.ts';
import { MACHINE } from '../options/headings.ts';
import { MAP_MAX, parseMap } from '../options/map.ts';
import { longName, type OptionsFor } from '../options/option.ts';
import { type ProfileValues, profileOptions, readProfile } from '../options/profile.ts';
import { strategyNames } from '../options/strategy.ts';
import { text } from '../options/values.ts';
import type { MachineKind, MadeMachine } from './kind.ts';
import { type PlatformValues, platformOf, platformOptions } from './platform.ts';

/** What the simulated machine can be told. */
export interface SimulatedValues extends PlatformValues, ProfileValues {
  readonly iomem?: string;
  readonly lenient?: boolean;
}

/** The options of {@link SimulatedValues}. */
export const simulatedOptions: OptionsFor<SimulatedValues> = {
  ...platformOptions,
  ...profileOptions,
  iomem: { heading: MACHINE, summary: 'memory map, as /proc/iomem shows it', value: '<file>', parse: text },
  lenient: { heading: MACHINE, summary: 'read the map as people paste it, and say what is passed over' },
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
  make: async (values) => {
    const platform = await platformOf(values, defaults);
    const memory = await mapOf(values);
    const profile = await readProfile(values);
    const { SimulatedMachine } = await import('@kexeckit/reboot');
    const notes = memory?.notes?.map(({ message }) => `${values.iomem}: ${message}`) ?? [];
    return {
      ...made(new SimulatedMachine({ ...platform, ...(memory && { memory }), ...(profile && { profile }) })),
      notes,
    };
  },
};

/** @throws UsageError for a file that cannot be read, or that the kernel cannot have written; IoportError for a map that hides all. */
async function mapOf({ iomem, lenient = false }: SimulatedValues): Promise<ResourceTree | undefined> {
  if (iomem === undefined) {
    if (lenient) throw new UsageError('EINVAL', '--lenient stands without --iomem', 'give the map, or leave it out');
    return undefined;
  }
  return await parseMap(await readInput(iomem, longName('iomem'), MAP_MAX), iomem, lenient);
}

const made = (machine: SimulatedMachine): MadeMachine => ({ machine, booted: () => made(machine.booted()) });
