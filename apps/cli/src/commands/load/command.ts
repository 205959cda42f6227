import { linux, loadingOptions } from '../../machines/linux.ts';
import { fileOptions } from '../../options/files.ts';
import type { OptionsFor } from '../../options/option.ts';
import { outputOptions, saveOptions } from '../../options/output.ts';
import { rehearseOptions } from '../../options/rehearse.ts';
import { requestDefaults, requestOptions } from '../../options/request.ts';
import { type Command, defineCommand } from '../command.ts';
import type { LoadValues } from './values.ts';

const options: OptionsFor<LoadValues> = {
  ...fileOptions,
  ...requestOptions,
  ...rehearseOptions,
  ...loadingOptions,
  ...saveOptions,
  ...outputOptions,
};

const same: Readonly<Record<string, string>> = { ...requestDefaults, ...linux.defaults };

/** `kexeckit load` */
export const load: Command = defineCommand({
  name: 'load',
  summary: 'plan a reboot of this very machine, prove it, rehearse it, and load it: exec reboots into it',
  args: [],
  options,
  defaultOf: (option) => same[option],
  examples: [
    {
      line: 'kexeckit load --no-capture-kernel --kernel vmlinuz --initrd initrd.img --append "$(cat /proc/cmdline)"',
      does: 'stays loaded until exec, unload, or a reboot',
    },
  ],
  load: async () => {
    const [{ loadImage }, { loadedView }] = await Promise.all([import('./run.ts'), import('../../render/loaded.ts')]);
    return { run: loadImage, view: loadedView };
  },
});
