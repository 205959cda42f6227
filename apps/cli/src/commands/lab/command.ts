import { OUTPUT, ROLLOUT } from '../../options/headings.ts';
import type { OptionsFor } from '../../options/option.ts';
import { outputOptions } from '../../options/output.ts';
import { filled, wholeNumber } from '../../options/values.ts';
import { type Command, defineCommand } from '../command.ts';
import type { LabValues } from './values.ts';

const options: OptionsFor<LabValues> = {
  port: {
    heading: OUTPUT,
    summary: 'where it listens, on this host alone',
    value: '<number>',
    parse: wholeNumber(0, 65_535),
  },
  fleet: {
    heading: ROLLOUT,
    summary: 'show rollouts as they go on, of postgresql://USER@HOST/NAME, or of a folder',
    value: '<database>',
    parse: filled,
  },
  ...outputOptions,
};

/** `kexeckit lab` */
export const lab: Command = defineCommand({
  name: 'lab',
  summary: 'show plans and their timelines as a page in the browser, until it is ended by Ctrl-C',
  args: [],
  options,
  defaultOf: (option) => (option === 'port' ? 'one that is free' : undefined),
  examples: [
    { line: 'kexeckit lab --port 8080', does: 'at that port, under the address that it prints' },
    { line: 'kexeckit lab --fleet postgresql://fleet@db/fleet', does: 'with the rollouts of that database' },
  ],
  load: async () => {
    const { serveLab, labView } = await import('./run.ts');
    return { run: serveLab, view: labView };
  },
});
