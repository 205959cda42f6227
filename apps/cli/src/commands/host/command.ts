import { EXIT } from '../../exit-code.ts';
import { outputOptions } from '../../options/output.ts';
import { type Command, defineCommand } from '../command.ts';

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
  summary: 'unload what this kernel has loaded, for a reboot and for a panic',
  args: [],
  options: outputOptions,
  examples: [{ line: 'kexeckit unload', does: 'the machine is as it was before load' }],
  load: async () => {
    const [run, { slotsView }] = await Promise.all([import('./unload.ts'), import('../../render/slots.ts')]);
    return { run: run.unload, view: slotsView };
  },
});

/** `kexeckit exec` */
export const exec: Command = defineCommand({
  name: 'exec',
  summary: 'reboot this very machine into what is loaded, at once: the point of no return',
  args: [],
  options: outputOptions,
  examples: [{ line: 'kexeckit exec', does: 'file systems are written out; services are not stopped' }],
  load: async () => {
    const [run, { slotsView }] = await Promise.all([import('./exec.ts'), import('../../render/slots.ts')]);
    return { run: run.exec, view: slotsView };
  },
});
