import { EXIT } from '../../exit-code.ts';
import { forceOption } from '../../options/force.ts';
import { MACHINE } from '../../options/headings.ts';
import type { OptionsFor } from '../../options/option.ts';
import { outputOptions } from '../../options/output.ts';
import { filled } from '../../options/values.ts';
import { type Command, defineCommand } from '../command.ts';
import type { ExecValues } from './values.ts';

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

const execOptions: OptionsFor<ExecValues> = {
  force: forceOption,
  once: {
    heading: MACHINE,
    summary: 'for this rollout, which reboots this host no second time: letters, digits and -',
    value: '<rollout>',
    parse: filled,
  },
  bootId: {
    heading: MACHINE,
    summary: 'with it: only out of this boot, as /proc/sys/kernel/random/boot_id has it',
    value: '<id>',
    parse: filled,
  },
  ...outputOptions,
};

/** `kexeckit exec` */
export const exec: Command = defineCommand({
  name: 'exec',
  summary: 'reboot this very machine into what is loaded: the point of no return',
  args: [],
  options: execOptions,
  examples: [
    { line: 'kexeckit exec', does: 'through systemd where it runs, which stops services first' },
    { line: 'kexeckit exec --force', does: 'at once; file systems are written out' },
    {
      line: 'kexeckit exec --once r7 --boot-id "$(cat /proc/sys/kernel/random/boot_id)"',
      does: 'EEXIST where rollout r7 has done so before, ESTALE in another boot',
    },
  ],
  load: async () => {
    const [run, { slotsView }] = await Promise.all([import('./exec.ts'), import('../../render/slots.ts')]);
    return { run: run.exec, view: slotsView };
  },
});
