import { EXIT } from '../../exit-code.ts';
import { type ForceValues, forceOption } from '../../options/force.ts';
import type { OptionsFor } from '../../options/option.ts';
import { type OutputValues, outputOptions } from '../../options/output.ts';
import { type Command, defineCommand } from '../command.ts';

/** What `kexeckit exec` can be told. */
export interface ExecValues extends ForceValues, OutputValues {}

/** `kexeckit status` */
export const status: Command = defineCommand({
  name: 'status',
  summary: 'say what this kernel has loaded, for a reboot and for a panic',
  args: [],
  options: outputOptions,
  failed: EXIT.trouble,
  examples: [
    { line: 'kexeckit status', does: 'exit code 0 if a reboot has an image, 1 if not, 2 if that cannot be said' },
  ],
  load: async () => {
    const [{ lookAtSlots }, { statusView }] = await Promise.all([
      import('./status.ts'),
      import('../../render/slots.ts'),
    ]);
    return { run: lookAtSlots, view: statusView };
  },
});

/** `kexeckit unload` */
export const unload: Command = defineCommand({
  name: 'unload',
  summary: 'unload what was loaded for a reboot, and with it what a panic would start',
  args: [],
  options: outputOptions,
  examples: [{ line: 'kexeckit unload', does: 'the machine is as it was before load' }],
  load: async () => {
    const [run, { slotsView }] = await Promise.all([import('./unload.ts'), import('../../render/slots.ts')]);
    return { run: run.unload, view: slotsView };
  },
});

const execOptions: OptionsFor<ExecValues> = { force: forceOption, ...outputOptions };

/** `kexeckit exec` */
export const exec: Command = defineCommand({
  name: 'exec',
  summary: 'reboot this very machine into what is loaded: the point of no return',
  args: [],
  options: execOptions,
  examples: [
    { line: 'kexeckit exec', does: 'through systemd where it runs, which stops services first' },
    { line: 'kexeckit exec --force', does: 'at once; file systems are written out' },
  ],
  load: async () => {
    const [run, { slotsView }] = await Promise.all([import('./exec.ts'), import('../../render/slots.ts')]);
    return { run: run.exec, view: slotsView };
  },
});
