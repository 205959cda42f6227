import type { Bound, Came, EventKind, Limit, StopKind, Unknown } from '@kexeckit/evidence';
import { phases, type TimedPhase, timedPhases } from '@kexeckit/reboot';

/** How a boot came to be. */
export const cameWords: Readonly<Record<Came, string>> = {
  'log-begins': 'the log begins',
  kexec: 'by kexec',
  'crash-kexec': 'by crash kexec',
  firmware: 'through firmware',
  restart: 'by a restart',
  unannounced: 'unannounced',
};

/** Why a time is not known. */
export const unknownWords: Readonly<Record<Unknown, string>> = {
  'no-old-kernel': 'the log has no kernel before',
  'not-kexec': 'not reached by kexec, as far as the log says',
  'no-beginning': 'no line says when it began',
  'no-end': 'no line says when it ended',
  'no-clock': 'the lines have no times',
  'clock-restarts': "the next kernel's clock begins anew; a serial logger's times would tell",
  'within-relocation': 'within relocation: nothing divides the two',
  'not-reached': 'not reached, as far as the log goes',
  'not-asked-for': 'not asked for',
  'no-sign': 'no line tells of it',
};

/** How a figure stands to the truth, in front of it. */
export const boundSigns: Readonly<Record<Bound, string>> = {
  exact: '',
  'at-least': '≥ ',
  'at-most': '≤ ',
  about: '≈ ',
};

/** How a boot ended. */
export const stopWords: Readonly<Record<StopKind, string>> = {
  'handed-over': 'the next kernel came up',
  running: 'nothing is wrong where the log ends',
  starting: 'the log ends before user space',
  panic: 'the kernel panicked',
  oops: 'the kernel faulted',
  hung: 'it hung',
  silent: 'kexec was started, and then nothing more',
  strangers: 'kexec was started; behind it are only lines of no kernel',
  mismatch: 'a digest differs: what was to be started is not what was loaded',
  refused: 'the kernel refused to leave: not all CPUs can be taken down',
  firmware: 'kexec was started, and firmware came up instead',
  restarted: 'restarted or switched off in the ordinary way',
  'cut-off': 'another boot follows, and nothing says why',
};

/** What a line means. */
export const kindWords: Readonly<Record<EventKind, string>> = {
  booting: 'the kernel begins',
  version: 'the kernel names itself',
  'cpus-up': 'all CPUs are up',
  'run-init': 'user space begins',
  'user-space': 'user space runs',
  mark: 'our mark of the reboot',
  'measured-run': 'what is measured',
  'user-space-done': 'user space is done',
  'devices-stop': 'devices are stopped',
  'kexec-start': 'kexec begins',
  'crash-start': 'the crash kernel is started',
  'cpu-off': 'a CPU is taken down',
  bye: "the old kernel's last word",
  crumbs: 'breadcrumbs of the routine',
  purgatory: 'purgatory begins',
  mismatch: 'a digest differs',
  refused: 'the kernel refuses to leave',
  oops: 'a fault',
  'fault-detail': 'more about the fault',
  'end-trace': 'end of the trace',
  panic: 'panic',
  stalled: 'something stands still',
  restart: 'an ordinary restart',
  firmware: 'firmware begins',
  'firmware-chatter': 'firmware goes on',
};

/** What a figure takes in that is not of its phase, and what it leaves out; empty for neither. */
export function limitWords(limits: readonly Limit[], of: TimedPhase | undefined): string {
  const others = timedPhases.filter((phase) => limits.includes(phase));
  const early = of === phases.startup.name ? 'without the first steps' : "perhaps with the next kernel's first steps";
  return [
    ...(others.length > 0 ? [`with ${others.join(' and ')} in it`] : []),
    ...(limits.includes('devices') ? ['without the devices, which are stopped before'] : []),
    ...(limits.includes('early') ? [early] : []),
    ...(limits.includes('reckoned') ? ['reckoned back to where the next clock begins'] : []),
  ].join(', ');
}
