import { EXIT } from '../../exit-code.ts';
import { outputOptions } from '../../options/output.ts';
import { type Command, defineCommand } from '../command.ts';

/** `kexeckit diff` */
export const diff: Command = defineCommand({
  name: 'diff',
  summary: 'show in what two saved plans differ',
  args: [
    { name: 'before', summary: 'a plan' },
    { name: 'after', summary: 'another plan' },
  ],
  options: outputOptions,
  failed: EXIT.trouble,
  examples: [
    {
      line: 'kexeckit diff one.json two.json',
      does: 'exit code 0 if they are the same, 1 if they differ, 2 if that cannot be said',
    },
  ],
  load: async () => {
    const [{ diffSaved }, { changesView }] = await Promise.all([import('./run.ts'), import('../../render/changes.ts')]);
    return { run: diffSaved, view: changesView };
  },
});
