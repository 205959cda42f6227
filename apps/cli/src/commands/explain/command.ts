import { EXIT } from '../../exit-code.ts';
import { LINE, MACHINE } from '../../options/headings.ts';
import { mapOptions } from '../../options/map.ts';
import { byteSize } from '../../options/numbers.ts';
import type { OptionsFor } from '../../options/option.ts';
import { outputOptions } from '../../options/output.ts';
import { filled, wholeNumber } from '../../options/values.ts';
import { type Command, defineCommand } from '../command.ts';
import type { ExplainValues } from './values.ts';

/** Bytes of command line that no kernel keeps. */
const MAX_MAX = 2 ** 20;

const options: OptionsFor<ExplainValues> = {
  file: { heading: LINE, summary: 'read the line from a file; - for standard input', value: '<file>', parse: filled },
  kernel: {
    heading: LINE,
    summary: 'whose rules: a release, as uname -r has it',
    value: '<release>',
    parse: filled,
  },
  max: {
    heading: LINE,
    summary: 'bytes of the line that the kernel keeps',
    value: '<bytes>',
    parse: wholeNumber(1, MAX_MAX),
  },
  ...mapOptions,
  memory: { heading: MACHINE, summary: 'RAM, where no map is known', value: '<size>', parse: byteSize(1n << 20n) },
  log: {
    heading: MACHINE,
    summary: 'what dmesg printed after a boot of this machine: it narrows the place',
    value: '<file>',
    parse: filled,
  },
  root: { heading: MACHINE, summary: 'where /proc is, where no line is given', value: '<folder>', parse: filled },
  ...outputOptions,
};

/** `kexeckit explain` */
export const explain: Command = defineCommand({
  name: 'explain',
  summary: 'what does a kernel command line reserve, where, and what is wrong with it?',
  args: [
    {
      name: 'cmdline',
      summary: "the line; this host's where none is given",
      isOptional: true,
      isMany: true,
      isText: true,
    },
  ],
  options,
  defaultOf: (option) =>
    ({
      kernel: "the newest that was measured; for this host's line its own",
      max: '2047, as on arm64',
      root: '/',
    })[option],
  failed: EXIT.trouble,
  examples: [
    { line: 'kexeckit explain', does: "this host's line; exit code 1 if there are mistakes, 2 if it cannot be told" },
    { line: "kexeckit explain 'ro crashkernel=512MB quiet'", does: 'what is wrong, and the line mended' },
    {
      line: 'kexeckit explain crashkernel=1G --iomem iomem.txt --kernel 6.12.117',
      does: 'where it lands on that machine',
    },
    { line: 'kexeckit explain --file - --memory 8G', does: 'a line from a pipe, for a machine with 8 GiB' },
  ],
  load: async () => {
    const [{ explainLine }, { explanationView }] = await Promise.all([
      import('./run.ts'),
      import('../../render/explanation.ts'),
    ]);
    return { run: explainLine, view: explanationView };
  },
});
