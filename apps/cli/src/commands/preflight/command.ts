import { EXIT } from '../../exit-code.ts';
import { MACHINE } from '../../options/headings.ts';
import type { OptionsFor } from '../../options/option.ts';
import { outputOptions } from '../../options/output.ts';
import { text } from '../../options/values.ts';
import { type Command, defineCommand } from '../command.ts';
import type { PreflightValues } from './values.ts';

const options: OptionsFor<PreflightValues> = {
  root: { heading: MACHINE, summary: 'where /proc and /sys are', value: '<folder>', parse: text },
  ...outputOptions,
};

/** `kexeckit preflight` */
export const preflight: Command = defineCommand({
  name: 'preflight',
  summary: 'look at this Linux host, read only: can it kexec, and what stands in the way?',
  args: [],
  options,
  defaultOf: (option) => (option === 'root' ? '/' : undefined),
  failed: EXIT.trouble,
  examples: [
    { line: 'kexeckit preflight', does: 'exit code 1 if something stands in the way, 2 if that cannot be said' },
  ],
  load: async () => {
    const [{ lookAtHost }, { findingsView }] = await Promise.all([
      import('./run.ts'),
      import('../../render/findings.ts'),
    ]);
    return { run: lookAtHost, view: findingsView };
  },
});
