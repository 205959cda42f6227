import { EXIT } from '../../exit-code.ts';
import { MACHINE } from '../../options/headings.ts';
import type { OptionsFor } from '../../options/option.ts';
import { outputOptions } from '../../options/output.ts';
import { profileOptions } from '../../options/profile.ts';
import { filled } from '../../options/values.ts';
import { type Command, defineCommand } from '../command.ts';
import type { DoctorValues } from './values.ts';

const options: OptionsFor<DoctorValues> = {
  root: { heading: MACHINE, summary: 'where /proc and /sys are', value: '<folder>', parse: filled },
  collect: {
    heading: MACHINE,
    summary: 'write all that was read to a tar, too; -: to standard output, and nothing else',
    value: '<file>',
    parse: filled,
  },
  from: { heading: MACHINE, summary: 'judge such a tar, on any machine', value: '<file>', parse: filled },
  ...profileOptions,
  lenient: { heading: MACHINE, summary: 'read a pasted /proc/iomem, too, and say what is passed over' },
  ...outputOptions,
};

/** `kexeckit doctor` */
export const doctor: Command = defineCommand({
  name: 'doctor',
  formerly: 'preflight',
  summary: 'look at this Linux host, read only: by which routes can it kexec, and what stands in the way?',
  args: [],
  options,
  defaultOf: (option) =>
    ({ root: '/', profile: 'none: times are those that were published of other machines' })[option],
  failed: EXIT.trouble,
  examples: [
    {
      line: 'kexeckit doctor',
      does: 'exit code 1 if something stands in the way, or no strategy is offered; 2 if that cannot be said',
    },
    { line: 'kexeckit doctor --collect host.tar', does: 'the same, and keeps what was read, to look at it elsewhere' },
    { line: 'kexeckit doctor --from host.tar', does: 'what that host would be told' },
  ],
  load: async () => {
    const [{ examine }, { examinationView }] = await Promise.all([
      import('./run.ts'),
      import('../../render/examination.ts'),
    ]);
    return { run: examine, view: examinationView };
  },
});
