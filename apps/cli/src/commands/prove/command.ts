import { everydayFiles } from '../../options/files.ts';
import type { OptionsFor } from '../../options/option.ts';
import { type Command, defineCommand } from '../command.ts';
import { planArgument, savedDefaultOf, savedLists, savedOptions } from '../saved-job.ts';
import type { ProveValues } from './values.ts';

const { profile: _, ...ofMachine } = savedOptions;
const options: OptionsFor<ProveValues> = ofMachine;

/** `kexeckit prove` */
export const prove: Command = defineCommand({
  name: 'prove',
  summary: 'prove a saved plan again: nothing is planned, and nothing runs',
  args: [planArgument],
  options,
  defaultOf: savedDefaultOf,
  everyday: [...everydayFiles, 'machine', 'iomem', 'json'],
  lists: savedLists,
  examples: [
    { line: 'kexeckit prove plan.json', does: 'the plan of the generated workload, on the simulated machine' },
    { line: 'kexeckit prove plan.json --kernel Image --initrd initrd.gz', does: 'the plan of these files' },
  ],
  load: async () => {
    const [{ provePlan }, { proofView }] = await Promise.all([import('./run.ts'), import('../../render/proof.ts')]);
    return { run: provePlan, view: proofView };
  },
});
