import type { Bound, Came, KeptVerdict, Limit, MarkVerdict, SpanClock } from '@kexeckit/evidence';
import { phases, type TimedPhase, timedPhases } from '@kexeckit/reboot';
import type { Page } from './page.ts';

/** How a boot came to be. */
export const cameWords: Readonly<Record<Came, string>> = {
  'log-begins': 'the log begins',
  kexec: 'kexec',
  'crash-kexec': 'crash kexec',
  firmware: 'through firmware',
  restart: 'restart',
  unannounced: 'unannounced',
};

/** By whose clock. */
export const clockWords: Readonly<Record<SpanClock, string>> = {
  printk: "the kernel's clock",
  logger: "the logger's clock",
  wall: 'wall clocks',
};

/** How a figure stands to the truth, in front of it. */
export const boundMarks = ({ signs }: Page): Readonly<Record<Bound, string>> => ({
  exact: '',
  'at-least': `${signs.atLeast} `,
  'at-most': `${signs.atMost} `,
  about: `${signs.about} `,
});

/** What a figure takes in that is not of its phase, and what it leaves out; empty for neither. */
export function limitWords(limits: readonly Limit[], of: TimedPhase): string {
  const others = timedPhases.filter((phase) => limits.includes(phase)).map((phase) => phases[phase].name);
  const early = limits.includes('early');
  return [
    ...(others.length > 0 ? [`with ${others.join(' and ')} in it`] : []),
    ...(limits.includes('devices') ? ['without the devices, which are stopped before'] : []),
    ...(early && of !== phases.startup.name
      ? ["perhaps with the next kernel's first steps, before its clock runs"]
      : []),
    ...(early && of === phases.startup.name ? ['without the first steps, before its clock runs'] : []),
    ...(limits.includes('reckoned') ? ["less the time that this line has on the next kernel's clock"] : []),
  ].join(', ');
}

/** What a mark is worth. */
export const markWords: Readonly<Record<MarkVerdict, string>> = {
  used: 'its times are used',
  none: 'there is none',
  'of-this-boot': 'it was written in this boot: the reboot that it announces did not happen',
  'by-clocks':
    'its times are used, as the clocks fit; nothing here says whether firmware has started this kernel: then they are of no reboot by kexec',
  'by-firmware':
    'the reboot that it announces did not lead to this boot: firmware has started this kernel, so the machine was reset or switched off',
  'by-panic': 'the reboot that it announces did not lead to this boot: the kernel before panicked first',
  'after-this-boot': 'it is later than the beginning of this boot: a clock was set',
  'too-old': 'it is older than a reboot may take: this boot is another',
  'no-clock': 'this host does not say when it booted, or nothing says that its clock was set',
};

/** What the log of the kernel before is worth. */
export const keptWords: Readonly<Record<KeptVerdict, string>> = {
  used: 'it ends with kexec',
  none: 'there is none',
  'of-another': 'it is of another boot, or does not end with kexec',
};
