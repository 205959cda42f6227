import type { HostSlots } from '@kexeckit/linux';
import type { View } from '../commands/command.ts';
import { EXIT } from '../exit-code.ts';
import { size } from './format.ts';

const isLoaded = (loaded: boolean | undefined): string =>
  loaded === undefined ? 'not known' : loaded ? 'loaded' : 'nothing is loaded';

/** What a kernel holds. */
export const slotsView: View<HostSlots> = {
  text: ({ next, crash, crashSize }) =>
    [
      `for a reboot   ${isLoaded(next)}`,
      `for a panic    ${isLoaded(crash)}${crashSize === undefined ? '' : `, ${size(Number(crashSize))} reserved`}`,
      '',
    ].join('\n'),
  json: (slots) => slots,
};

/** The same as an answer: is there an image for a reboot? */
export const statusView: View<HostSlots> = {
  ...slotsView,
  problem: ({ next }) => (next === undefined ? '/sys/kernel/kexec_loaded cannot be read' : undefined),
  exitCode: ({ next }) => (next === undefined ? EXIT.trouble : next ? EXIT.done : EXIT.failed),
};
