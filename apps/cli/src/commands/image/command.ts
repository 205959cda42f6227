import { FILE, OUTPUT } from '../../options/headings.ts';
import type { OptionsFor } from '../../options/option.ts';
import { outputOptions } from '../../options/output.ts';
import { filled, oneOf } from '../../options/values.ts';
import { type Command, defineCommand } from '../command.ts';
import { type ImageValues, PARTS } from './values.ts';

const options: OptionsFor<ImageValues> = {
  configuration: { heading: FILE, summary: 'which one of a FIT image counts', value: '<name>', parse: filled },
  unpack: {
    heading: OUTPUT,
    summary: 'write the raw Image; - is standard output',
    value: '<file>',
    parse: filled,
  },
  extract: {
    heading: OUTPUT,
    summary: `write what else is in the file: ${PARTS.join(', ')}`,
    value: '<part>',
    parse: oneOf(PARTS),
  },
  output: { heading: OUTPUT, summary: 'with --extract: where to', value: '<file>', parse: filled },
  ...outputOptions,
};

const DEFAULTS: Readonly<Record<string, string>> = { configuration: 'its own default', output: '-, standard output' };

/** `kexeckit image` */
export const image: Command = defineCommand({
  name: 'image',
  summary:
    'say what a file is for a reboot: a kernel, unpacked, and what else is in it; an initramfs; or why it is none',
  args: [{ name: 'file', summary: 'a kernel as it comes, or any other file', isMany: true }],
  options,
  defaultOf: (option) => DEFAULTS[option],
  examples: [
    {
      line: 'kexeckit image Image',
      does: 'exit code 1 if it is no kernel for arm64, no initramfs and no device tree, 2 if it cannot be read',
    },
    { line: 'kexeckit image Image initrd.gz board.dtb', does: 'several files in a table' },
    { line: 'kexeckit image Image --unpack raw', does: 'the raw Image in raw' },
    {
      line: 'kexeckit image linux.efi --extract initrd --output initrd.img',
      does: 'the initramfs that is in the file',
    },
  ],
  load: async () => {
    const [{ look }, { imageView }] = await Promise.all([import('./run.ts'), import('../../render/image.ts')]);
    return { run: look, view: imageView };
  },
});
