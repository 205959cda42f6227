import { EXIT } from '../../exit-code.ts';
import { EVIDENCE } from '../../options/headings.ts';
import type { OptionsFor } from '../../options/option.ts';
import { outputOptions } from '../../options/output.ts';
import { text } from '../../options/values.ts';
import { type Command, defineCommand } from '../command.ts';
import type { TimelineValues } from './values.ts';

const options: OptionsFor<TimelineValues> = {
  last: { heading: EVIDENCE, summary: 'the reboot that led to this boot, from what this host has' },
  mark: { heading: EVIDENCE, summary: 'with --last: where the mark of the reboot is', value: '<file>', parse: text },
  root: { heading: EVIDENCE, summary: 'with --last: where /proc, /sys and /dev are', value: '<folder>', parse: text },
  ...outputOptions,
};

const DEFAULTS: Readonly<Record<string, string>> = {
  mark: 'mark in /run/kexeckit or /var/lib/kexeckit',
  root: '/',
};

/** `kexeckit timeline` */
export const timeline: Command = defineCommand({
  name: 'timeline',
  summary: 'say how long each phase of real reboots took, and where each boot stopped',
  args: [{ name: 'log', summary: 'a log of the console, or what dmesg printed', isOptional: true }],
  options,
  defaultOf: (option) => DEFAULTS[option],
  failed: EXIT.trouble,
  examples: [
    {
      line: 'kexeckit timeline console.log',
      does: 'exit code 1 if the last boot stopped where it should not, 2 if that cannot be said',
    },
    { line: 'kexeckit timeline --last', does: 'after a reboot' },
  ],
  load: async () => {
    const [{ readEvidence }, { evidenceView }] = await Promise.all([
      import('./run.ts'),
      import('../../render/evidence.ts'),
    ]);
    return { run: readEvidence, view: evidenceView };
  },
});
