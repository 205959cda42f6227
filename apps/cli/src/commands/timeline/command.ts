import { EXIT } from '../../exit-code.ts';
import { EVIDENCE, PROFILE } from '../../options/headings.ts';
import type { OptionsFor } from '../../options/option.ts';
import { outputOptions } from '../../options/output.ts';
import { filled } from '../../options/values.ts';
import { type Command, defineCommand } from '../command.ts';
import type { TimelineValues } from './values.ts';

const options: OptionsFor<TimelineValues> = {
  last: { heading: EVIDENCE, summary: 'the reboot that led to this boot, from what this host has' },
  mark: { heading: EVIDENCE, summary: 'with --last: where the mark of the reboot is', value: '<file>', parse: filled },
  root: { heading: EVIDENCE, summary: 'with --last: where /proc, /sys and /dev are', value: '<folder>', parse: filled },
  fit: { heading: PROFILE, summary: 'what the machine takes, from its logs; without logs: what to measure' },
  name: { heading: PROFILE, summary: 'with --fit: what the profile is called', value: '<name>', parse: filled },
  board: { heading: PROFILE, summary: 'with --fit: what machine it is', value: '<text>', parse: filled },
  saveProfile: {
    heading: PROFILE,
    summary: 'with --fit: where the profile is written, for --profile',
    value: '<file>',
    parse: filled,
  },
  ...outputOptions,
};

const DEFAULTS: Readonly<Record<string, string>> = {
  mark: 'mark in /run/kexeckit or /var/lib/kexeckit',
  root: '/',
  name: 'measured',
  board: 'not named',
};

/** `kexeckit timeline` */
export const timeline: Command = defineCommand({
  name: 'timeline',
  summary: 'say how long each phase of real reboots took, and where each boot stopped',
  args: [
    {
      name: 'log',
      summary: 'a log of the console, or what dmesg printed; with --fit several',
      isOptional: true,
      isMany: true,
    },
  ],
  options,
  defaultOf: (option) => DEFAULTS[option],
  failed: EXIT.trouble,
  examples: [
    {
      line: 'kexeckit timeline console.log',
      does: 'exit code 1 if the last boot stopped where it should not, 2 if that cannot be said',
    },
    { line: 'kexeckit timeline --last', does: 'after a reboot' },
    { line: 'kexeckit timeline --fit', does: 'what to measure for a profile of a machine' },
    {
      line: 'kexeckit timeline --fit *.log --name board --save-profile board.json',
      does: 'a profile; exit code 1 if the logs do not tell all prices',
    },
  ],
  load: async () => {
    const [{ readEvidence }, { timelineView }] = await Promise.all([
      import('./run.ts'),
      import('../../render/timeline.ts'),
    ]);
    return { run: readEvidence, view: timelineView };
  },
});
