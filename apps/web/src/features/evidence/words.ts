import type { Bound, Came, EventKind, Limit } from '@kexeckit/evidence';
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

/** How a figure stands to the truth, in front of it. */
export const boundSigns: Readonly<Record<Bound, string>> = {
  exact: '',
  'at-least': '≥ ',
  'at-most': '≤ ',
  about: '≈ ',
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
