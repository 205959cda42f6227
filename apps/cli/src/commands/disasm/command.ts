import { FILE, OUTPUT } from '../../options/headings.ts';
import { fileBytes, someFileBytes, word64 } from '../../options/numbers.ts';
import type { OptionsFor } from '../../options/option.ts';
import { outputOptions } from '../../options/output.ts';
import { type Command, defineCommand } from '../command.ts';
import type { DisasmValues } from './values.ts';

const options: OptionsFor<DisasmValues> = {
  words: { heading: FILE, summary: 'the arguments are words in hexadecimal, no file' },
  raw: { heading: FILE, summary: 'take a kernel file as it is, and unpack nothing' },
  offset: { heading: FILE, summary: 'bytes that are left out at the start', value: '<bytes>', parse: fileBytes },
  length: { heading: FILE, summary: 'bytes that are listed', value: '<bytes>', parse: someFileBytes },
  base: { heading: OUTPUT, summary: 'address of the first byte of the file', value: '<address>', parse: word64 },
  ...outputOptions,
};

const DEFAULTS: Readonly<Record<string, string>> = { offset: '0', length: 'all', base: '0' };

/** `kexeckit disasm` */
export const disasm: Command = defineCommand({
  name: 'disasm',
  summary: 'list A64 code: of a kernel file, which is unpacked, of raw bytes, or of words',
  args: [{ name: 'file', summary: 'a kernel as it comes, or raw bytes; with --words the words', isMany: true }],
  options,
  defaultOf: (option) => DEFAULTS[option],
  examples: [
    { line: 'kexeckit disasm --words d50b7e20 d65f03c0', does: 'what these words do' },
    { line: 'kexeckit disasm Image --length 4K', does: 'the start of a kernel' },
    { line: 'kexeckit disasm routine.bin --base 0x40200000', does: 'raw bytes, where they run' },
  ],
  load: async () => {
    const [{ readCode }, { listingView }] = await Promise.all([import('./run.ts'), import('../../render/listing.ts')]);
    return { run: readCode, view: listingView };
  },
});
