import { simulated, simulatedOptions } from '../../machines/simulated.ts';
import { everydayFiles, fileOptions } from '../../options/files.ts';
import { forceInitrdOption } from '../../options/force.ts';
import { MACHINE } from '../../options/headings.ts';
import { notesOptions } from '../../options/notes.ts';
import type { OptionsFor } from '../../options/option.ts';
import { outputOptions } from '../../options/output.ts';
import { requestDefaults, requestOptions } from '../../options/request.ts';
import { strategyLines } from '../../options/strategy.ts';
import { filled } from '../../options/values.ts';
import { type Command, defineCommand } from '../command.ts';
import type { CompareValues } from './values.ts';

const { strategy: _, ...ofRequest } = requestOptions;

const options: OptionsFor<CompareValues> = {
  ...fileOptions,
  ...ofRequest,
  force: forceInitrdOption,
  from: {
    heading: MACHINE,
    summary: 'the host that doctor --collect wrote this of; by default this host, where it is an arm64 one',
    value: '<file>',
    parse: filled,
  },
  ...simulatedOptions,
  ...notesOptions,
  ...outputOptions,
};

const same: Readonly<Record<string, string>> = { ...requestDefaults, ...simulated.defaults };

/** `kexeckit compare` */
export const compare: Command = defineCommand({
  name: 'compare',
  summary: 'show all strategies side by side, on a machine and files of yours: each is run on a model of it',
  args: [],
  options,
  defaultOf: (option) => (option === 'strategy' ? undefined : same[option]),
  everyday: [...everydayFiles, 'from', 'iomem', 'profile', 'json'],
  lists: [{ heading: 'Strategies:', rows: strategyLines }],
  examples: [
    {
      line: 'kexeckit compare --kernel Image --initrd initrd.gz',
      does: 'on this host, or on the machine of 2019 where it is none',
    },
    {
      line: 'kexeckit compare --iomem iomem.txt --kernel Image --initrd initrd.gz --profile board.json',
      does: 'on that map, with times of that machine',
    },
    {
      line: 'kexeckit compare --from host.tar --kernel Image',
      does: 'on the host that doctor --collect wrote this of',
    },
  ],
  load: async () => {
    const [{ compareStrategies }, { comparisonView }] = await Promise.all([
      import('./run.ts'),
      import('../../render/comparison.ts'),
    ]);
    return { run: compareStrategies, view: comparisonView };
  },
});
