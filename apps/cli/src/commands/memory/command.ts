import { invalid } from '../../error.ts';
import { EXIT } from '../../exit-code.ts';
import { MACHINE, OUTPUT, REGION } from '../../options/headings.ts';
import { mapOptions } from '../../options/map.ts';
import { byteSize, word64 } from '../../options/numbers.ts';
import type { OptionsFor } from '../../options/option.ts';
import { outputOptions } from '../../options/output.ts';
import { type Command, defineCommand } from '../command.ts';
import type { MemoryValues } from './values.ts';

const PAGE = 4096n;

/** Sizes that are asked for at once. */
const SIZES_MAX = 32;

/** Several sizes, with commas. */
function sizes(given: string): bigint[] {
  const words = given.split(',');
  if (words.length > SIZES_MAX) throw invalid(`give at most ${SIZES_MAX} sizes`);
  return words.map(byteSize(1n));
}

function alignment(given: string): bigint {
  const value = byteSize(PAGE)(given);
  if ((value & (value - 1n)) !== 0n) throw invalid('give a power of two, at least 4K: 2M, 64K');
  return value;
}

const options: OptionsFor<MemoryValues> = {
  lenient: { ...mapOptions.lenient, heading: MACHINE },
  fits: {
    heading: REGION,
    summary: 'is there room for this much in one piece? Several with commas',
    value: '<sizes>',
    parse: sizes,
  },
  align: { heading: REGION, summary: 'what its start is a multiple of', value: '<size>', parse: alignment },
  below: { heading: REGION, summary: 'it ends below this address', value: '<address>', parse: word64 },
  all: { heading: OUTPUT, summary: 'list every range; else small neighbours are joined' },
  ...outputOptions,
};

/** `kexeckit memory` */
export const memory: Command = defineCommand({
  name: 'memory',
  summary: 'a memory map as a picture: what is where, what is free, and what fits',
  args: [
    {
      name: 'map',
      summary: "what /proc/iomem shows; - for standard input; this host's where none is given",
      isOptional: true,
    },
  ],
  options,
  defaultOf: (option) => ({ align: '2M', below: 'the end of memory' })[option],
  failed: EXIT.trouble,
  examples: [
    { line: 'kexeckit memory', does: "this host's map, as root" },
    { line: 'kexeckit memory iomem.txt --all', does: 'every range of a map' },
    {
      line: 'kexeckit memory iomem.txt --fits 512M,1G --below 4G',
      does: 'where that much is free; exit code 1 if one is not',
    },
  ],
  load: async () => {
    const [{ survey }, { memoryView }] = await Promise.all([import('./run.ts'), import('../../render/memory.ts')]);
    return { run: survey, view: memoryView };
  },
});
