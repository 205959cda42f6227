import { defaultsOf, machineLines, machineOptions } from '../../machines/index.ts';
import { everydayFiles, fileOptions } from '../../options/files.ts';
import { forceInitrdOption } from '../../options/force.ts';
import type { OptionsFor } from '../../options/option.ts';
import { outputOptions, saveOptions } from '../../options/output.ts';
import { requestDefaults, requestOptions } from '../../options/request.ts';
import { copyingFast, strategyLines } from '../../options/strategy.ts';
import { type Command, defineCommand } from '../command.ts';
import type { PlanValues } from './values.ts';

const options: OptionsFor<PlanValues> = {
  ...fileOptions,
  ...requestOptions,
  ...machineOptions,
  force: forceInitrdOption,
  ...saveOptions,
  ...outputOptions,
};

const ownDefaults: Readonly<Record<string, string>> = {
  ...requestDefaults,
  strategy: `simulated, qemu: ${copyingFast[0]}, linux: the one that kexeckit doctor names`,
};

/** `kexeckit plan` */
export const plan: Command = defineCommand({
  name: 'plan',
  summary: 'plan a reboot and prove it: nothing runs, and nothing is loaded',
  args: [],
  options,
  defaultOf: (option) => ownDefaults[option] ?? defaultsOf(option),
  everyday: [...everydayFiles, 'append', 'strategy', 'machine', 'iomem', 'savePlan', 'json'],
  lists: [
    { heading: 'Machines:', rows: machineLines },
    { heading: 'Strategies:', rows: strategyLines },
  ],
  examples: [
    {
      line: 'kexeckit plan --kernel Image --initrd initrd.gz',
      does: 'where everything would stand, and what was checked',
    },
    {
      line: 'kexeckit plan --iomem iomem.txt --kernel Image --save-plan plan.json',
      does: 'on that map; the plan is kept',
    },
  ],
  load: async () => {
    const [{ planOnly }, { proofView }] = await Promise.all([import('./run.ts'), import('../../render/proof.ts')]);
    return { run: planOnly, view: proofView };
  },
});
