import type { HostSlots } from '@kexeckit/linux';
import type { View } from '../commands/command.ts';
import type { Holding } from '../commands/host/held.ts';
import type { Status } from '../commands/host/status.ts';
import { EXIT } from '../exit-code.ts';
import type { SlotsJson, StatusJson } from '../json/host.ts';
import { size } from './format.ts';

const isLoaded = (loaded: boolean | undefined): string =>
  loaded === undefined ? 'not known' : loaded ? 'loaded' : 'nothing is loaded';

/** The same in one line, for whoever has no time to look. */
export const slotWords = ({ next, crash }: Pick<HostSlots, 'next' | 'crash'>): string =>
  `for a reboot: ${isLoaded(next)}; for a panic: ${isLoaded(crash)}; see kexeckit status, kexeckit unload`;

/** What a kernel holds. */
export const slotsView: View<HostSlots> = {
  text: ({ next, crash, crashSize }) =>
    [
      `for a reboot   ${isLoaded(next)}`,
      `for a panic    ${isLoaded(crash)}${crashSize === undefined ? '' : `, ${size(Number(crashSize))} reserved`}`,
      '',
    ].join('\n'),
  json: (slots): SlotsJson => slots,
};

/** The same as an answer: is there an image for a reboot? */
export const statusView: View<Status> = {
  text: (status, page) =>
    `${slotsView.text(status, page)}${status.holder === undefined ? '' : `held by        ${held(status.holder)}\n`}`,
  json: (status): StatusJson => status,
  problem: ({ next, holder }) => {
    if (next === undefined) return '/sys/kernel/kexec_loaded cannot be read';
    return holder?.isAlive === false
      ? next
        ? 'the process that held the image has died: kexeckit unload unloads it'
        : 'the process that held the image has died, and nothing is loaded'
      : undefined;
  },
  exitCode: ({ next, holder }) =>
    next === undefined ? EXIT.trouble : next && holder?.isAlive !== false ? EXIT.done : EXIT.failed,
};

function held({ pid, strategy, isAlive, isWhole }: Holding): string {
  const pages = isAlive === false ? 'gone' : isWhole ? 'whole' : isWhole === undefined ? 'not known' : 'CHANGED';
  return `process ${pid}, for ${strategy}; its pages are ${pages}`;
}
