import { EXIT } from '../../exit-code.ts';
import { fileOptions } from '../../options/files.ts';
import { MACHINE, NEXT_KERNEL } from '../../options/headings.ts';
import { mapOptions } from '../../options/map.ts';
import { byteSize } from '../../options/numbers.ts';
import type { OptionsFor } from '../../options/option.ts';
import { outputOptions } from '../../options/output.ts';
import { filled, oneOf } from '../../options/values.ts';
import { type Command, defineCommand } from '../command.ts';
import type { EstimateValues } from './values.ts';

const size = byteSize(1n);

const options: OptionsFor<EstimateValues> = {
  kernel: fileOptions.kernel,
  initrd: fileOptions.initrd,
  modules: {
    heading: NEXT_KERNEL,
    summary: 'what modules of the crash kernel take; auto: as much as all that are loaded here',
    value: '<size>',
    parse: (given) => (given === 'auto' ? 'auto' : size(given)),
  },
  pageSize: {
    heading: NEXT_KERNEL,
    summary: 'pages of the crash kernel: 4K, 16K or 64K',
    value: '<size>',
    parse: oneOf(['4K', '16K', '64K'] as const),
  },
  luks: {
    heading: NEXT_KERNEL,
    summary: 'memory that unlocking the target of the dump takes: cryptsetup luksDump has it',
    value: '<size>',
    parse: size,
  },
  ...mapOptions,
  memory: { heading: MACHINE, summary: 'RAM, where no map is known', value: '<size>', parse: byteSize(1n << 20n) },
  release: {
    heading: MACHINE,
    summary: 'whose rules place it: a release, as uname -r has it',
    value: '<release>',
    parse: filled,
  },
  smmu: { heading: MACHINE, summary: 'it has an SMMU: that takes memory with pages of 64K' },
  mlx5: { heading: MACHINE, summary: 'the crash kernel drives network cards of Mellanox' },
  ...outputOptions,
};

/** `kexeckit estimate` */
export const estimate: Command = defineCommand({
  name: 'estimate',
  summary: 'how much to reserve: for kernels that run in place, and for a crash kernel',
  args: [],
  options,
  defaultOf: (option) =>
    ({
      modules: 'none are counted',
      pageSize: 'as its header says',
      iomem: "this host's, if it shows it",
      release: 'the newest that was measured',
      kernel: 'one like that which runs in the map',
    })[option],
  failed: EXIT.trouble,
  examples: [
    {
      line: 'kexeckit estimate --kernel Image --initrd initrd.gz --iomem iomem.txt',
      does: 'with the place that each finds; exit code 1 if one finds none',
    },
    { line: 'kexeckit estimate --kernel Image --initrd initrd.gz --memory 8G', does: 'for any machine of that size' },
    { line: 'kexeckit estimate --kernel Image --initrd initrd.gz --modules auto', does: 'for this host' },
  ],
  load: async () => {
    const [{ estimateRegions }, { estimateView }] = await Promise.all([
      import('./run.ts'),
      import('../../render/estimate.ts'),
    ]);
    return { run: estimateRegions, view: estimateView };
  },
});
