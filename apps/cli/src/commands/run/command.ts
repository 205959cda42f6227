import { everydayFiles } from '../../options/files.ts';
import { notesOptions } from '../../options/notes.ts';
import type { OptionsFor } from '../../options/option.ts';
import { type Command, defineCommand } from '../command.ts';
import { planArgument, savedDefaultOf, savedLists, savedOptions } from '../saved-job.ts';
import type { RunValues } from './values.ts';

const options: OptionsFor<RunValues> = { ...savedOptions, ...notesOptions };

/** `kexeckit run` */
export const run: Command = defineCommand({
  name: 'run',
  summary: 'run a saved plan, if its files and the machine are still the same',
  args: [planArgument],
  options,
  defaultOf: savedDefaultOf,
  everyday: [...everydayFiles, 'machine', 'iomem', 'profile', 'json'],
  lists: savedLists,
  examples: [
    { line: 'kexeckit run plan.json', does: 'the plan of the generated workload, on the simulated machine' },
    { line: 'kexeckit run plan.json --kernel Image --initrd initrd.gz', does: 'the plan of these files' },
  ],
  load: async () => {
    const [{ runPlan }, { rebootView }] = await Promise.all([import('./run.ts'), import('../../render/reboot.ts')]);
    return { run: runPlan, view: rebootView };
  },
});
