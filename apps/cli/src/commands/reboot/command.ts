import { defaultsOf, machineLines, machineOptions } from '../../machines/index.ts';
import { byFilesOptions } from '../../options/by-files.ts';
import { everydayFiles, fileOptions } from '../../options/files.ts';
import { forceFilesOption } from '../../options/force.ts';
import { MACHINE } from '../../options/headings.ts';
import { notesOptions } from '../../options/notes.ts';
import { oldKernelOptions } from '../../options/old-kernel.ts';
import type { OptionsFor } from '../../options/option.ts';
import { outputOptions, saveOptions } from '../../options/output.ts';
import { rehearseOptions } from '../../options/rehearse.ts';
import { requestDefaults, requestOptions } from '../../options/request.ts';
import { strategyLines, withRegion } from '../../options/strategy.ts';
import { wholeNumber } from '../../options/values.ts';
import { type Command, defineCommand } from '../command.ts';
import type { RebootValues } from './values.ts';

const options: OptionsFor<RebootValues> = {
  ...fileOptions,
  ...requestOptions,
  ...byFilesOptions,
  ...rehearseOptions,
  ...machineOptions,
  force: forceFilesOption,
  generations: {
    heading: MACHINE,
    summary: 'reboots in a row, each from the kernel before it (one strategy)',
    value: '<count>',
    parse: wholeNumber(1, 100),
  },
  ...oldKernelOptions,
  ...saveOptions,
  ...notesOptions,
  ...outputOptions,
};

const same: Readonly<Record<string, string>> = requestDefaults;

/** `kexeckit reboot` */
export const reboot: Command = defineCommand({
  name: 'reboot',
  summary: 'plan a reboot, prove it, run it on a machine, and show its timeline',
  args: [],
  options,
  defaultOf: (option) => defaultsOf(option) ?? same[option],
  everyday: [...everydayFiles, 'strategy', 'machine', 'iomem', 'json'],
  lists: [
    { heading: 'Machines:', rows: machineLines },
    { heading: 'Strategies:', rows: strategyLines },
  ],
  examples: [
    { line: 'kexeckit reboot', does: 'the workload of 2019 on the simulated machine, with every strategy' },
    {
      line: `kexeckit reboot --strategy ${withRegion[0]} --generations 4 --kernel Image`,
      does: 'four in a row, each from the kernel before it',
    },
    {
      line: 'kexeckit reboot --iomem /proc/iomem --kernel Image',
      does: "a kernel of yours on this machine's memory map (as root)",
    },
    { line: 'kexeckit reboot --machine qemu --kernel Image --initrd initrd.gz', does: 'a real kernel boots' },
    {
      line: 'kexeckit reboot --machine qemu --from Image-6.1 --from-root kexeckit-root-arm64.cpio.gz --kernel Image --initrd initrd.gz',
      does: 'one kernel reboots into another, by its own means',
    },
  ],
  load: async () => {
    const [{ runReboot }, { rebootView }] = await Promise.all([import('./run.ts'), import('../../render/reboot.ts')]);
    return { run: runReboot, view: rebootView };
  },
});
