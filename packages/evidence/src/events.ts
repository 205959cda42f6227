import type { LogLine } from './text/lines.ts';

/** What a line of a log can mean. */
export type EventKind =
  | 'booting'
  | 'version'
  | 'cpus-up'
  | 'run-init'
  | 'user-space'
  | 'mark'
  | 'measured-run'
  | 'user-space-done'
  | 'devices-stop'
  | 'kexec-start'
  | 'crash-start'
  | 'cpu-off'
  | 'bye'
  | 'crumbs'
  | 'purgatory'
  | 'mismatch'
  | 'refused'
  | 'oops'
  | 'fault-detail'
  | 'end-trace'
  | 'panic'
  | 'stalled'
  | 'restart'
  | 'firmware'
  | 'firmware-chatter';

/** A line that means something. */
export interface LogEvent {
  readonly kind: EventKind;
  readonly line: LogLine;
  /** What the line names: a reason, a CPU, a number. */
  readonly value: string;
  /** For what tells of a fault: the kernel's line before it. */
  readonly before?: LogLine;
}

interface Rule {
  readonly kind: EventKind;
  readonly pattern: RegExp;
  /** Whether only a kernel's own line counts. Logs without times have no such lines: there any line may. */
  readonly by?: 'firmware';
}

/** What lines mean, most frequent last. All patterns begin at the beginning: the time to try them has a bound. */
const RULES: readonly Rule[] = [
  { kind: 'booting', pattern: /^Booting Linux on physical CPU (0x[\da-f]{1,16})/ },
  { kind: 'version', pattern: /^Linux version (\S{1,80})/ },
  { kind: 'cpus-up', pattern: /^smp: Brought up \d{1,5} nodes?, (\d{1,6}) CPU/ },
  { kind: 'run-init', pattern: /^Run (\S{1,200}) as init process/ },
  { kind: 'user-space', pattern: /^systemd\[1\]: (systemd \S{1,40}) running in system/ },
  { kind: 'mark', pattern: /^(kexeckit-mark .{1,280})/ },
  // A misspelt one as well: whoever reads it refuses it.
  { kind: 'measured-run', pattern: /^\s{0,8}(kexeckit[-_]?runs?(?:$|\s.{0,280}))/i },
  { kind: 'user-space-done', pattern: /^systemd-shutdown\[1\]: (Rebooting with kexec)\./ },
  {
    kind: 'devices-stop',
    pattern: /^(?:sd [\d:]{1,40}: \[\w{1,20}\] (Synchronizing SCSI cache)|kvm: (exiting) hardware virt)/,
  },
  { kind: 'kexec-start', pattern: /^(?:kexec(?:_core)?: )?(Starting new kernel)$/ },
  { kind: 'crash-start', pattern: /^(?:kexec(?:_core)?: )?(Starting crashdump kernel)\.\.\.$/ },
  { kind: 'cpu-off', pattern: /^psci: CPU(\d{1,6}) killed/ },
  { kind: 'cpu-off', pattern: /^CPU(\d{1,6}): shutdown$/ },
  { kind: 'bye', pattern: /^(?:kexec(?:_core)?: )?(Bye)!$/ },
  { kind: 'purgatory', pattern: /^(I'm in purgatory)/ },
  { kind: 'mismatch', pattern: /^(sha256 digests do not match)/ },
  { kind: 'refused', pattern: /^(?:kexec(?:_core)?: )?(Can't kexec: CPUs are stuck in the kernel)/ },
  { kind: 'oops', pattern: /^(Unable to handle kernel .{1,200})$/ },
  { kind: 'oops', pattern: /^(Internal error: .{1,200})$/ },
  { kind: 'oops', pattern: /^(kernel BUG at .{1,200})$/ },
  { kind: 'fault-detail', pattern: /^ {0,4}(ESR = 0x[\da-f]{1,16})/ },
  { kind: 'fault-detail', pattern: /^ {0,4}((?:EC|Exception class) = .{1,80})/ },
  { kind: 'fault-detail', pattern: /^(\[[\da-f]{16}\] pgd=.{1,120})/ },
  { kind: 'fault-detail', pattern: /^(?:pc : |PC is at )([\w.$]{1,100}(?:\+0x[\da-f]{1,8}\/0x[\da-f]{1,8})?)/ },
  { kind: 'end-trace', pattern: /^---\[ (end trace) / },
  { kind: 'panic', pattern: /^Kernel panic - not syncing: (.{1,200})$/ },
  { kind: 'stalled', pattern: /^(INFO: task \S{1,40} blocked for more than \d{1,9} seconds)/ },
  { kind: 'stalled', pattern: /^(?:watchdog: )?(BUG: (?:soft|hard) lockup .{1,160})/i },
  { kind: 'stalled', pattern: /^(?:(?:NMI )?watchdog: )?(Watchdog detected hard LOCKUP .{1,160})/ },
  { kind: 'stalled', pattern: /^(?:rcu: )?INFO: (\w{1,30} (?:self-)?detected (?:expedited )?stalls? .{1,160})/ },
  { kind: 'restart', pattern: /^reboot: (Restarting system|Power down|System halted)/ },
  // What firmware says when it begins: nothing of this is said on the way from one kernel to the next.
  { kind: 'firmware', pattern: /^((?:NOTICE|INFO): {1,4}BL(?:1|2|31): .{1,80})/, by: 'firmware' },
  { kind: 'firmware', pattern: /^(U-Boot (?:SPL |TPL )?20\d\d\.\d\d\S{0,40})/, by: 'firmware' },
  { kind: 'firmware', pattern: /^(UEFI firmware .{1,80})/, by: 'firmware' },
  { kind: 'firmware', pattern: /^(EFI stub: Booting Linux Kernel)/, by: 'firmware' },
  { kind: 'firmware', pattern: /^(BdsDxe: (?:loading|starting) .{1,80})/, by: 'firmware' },
  { kind: 'firmware', pattern: /^( {0,20}GNU GRUB {1,4}version .{1,40})/, by: 'firmware' },
  { kind: 'firmware', pattern: /^(Starting kernel \.\.\.)$/, by: 'firmware' },
  { kind: 'firmware-chatter', pattern: /^((?:[IENW]|INFO|NOTICE|WARNING|ERROR): .{1,120})/, by: 'firmware' },
];

/** What a line means, or `undefined` where it says nothing about a reboot. */
export function eventOf(line: LogLine): LogEvent | undefined {
  for (const { kind, pattern, by } of RULES) {
    if (by !== undefined && line.isKernel) continue;
    const match = pattern.exec(line.text);
    if (match !== null) return { kind, line, value: match.slice(1).find((part) => part !== undefined) ?? '' };
  }
  return undefined;
}
