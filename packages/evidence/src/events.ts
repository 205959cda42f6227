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
  /** The characters that such a line can begin with: for all others the pattern need not be tried. */
  readonly heads: string;
  readonly pattern: RegExp;
  /** Whether only a kernel's own line counts. Logs without times have no such lines: there any line may. */
  readonly by?: 'firmware';
}

/** What `\s` stands for at the beginning of what was said. */
const BLANKS =
  ' \t\n\r\v\f\u00A0\uFEFF\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000';

/** What lines mean, most frequent last. All patterns begin at the beginning: the time to try them has a bound. */
const RULES: readonly Rule[] = [
  { kind: 'booting', heads: 'B', pattern: /^Booting Linux on physical CPU (0x[\da-f]{1,16})/ },
  { kind: 'version', heads: 'L', pattern: /^Linux version (\S{1,80})/ },
  { kind: 'cpus-up', heads: 's', pattern: /^smp: Brought up \d{1,5} nodes?, (\d{1,6}) CPU/ },
  { kind: 'run-init', heads: 'R', pattern: /^Run (\S{1,200}) as init process/ },
  { kind: 'user-space', heads: 's', pattern: /^systemd\[1\]: (systemd \S{1,40}) running in system/ },
  { kind: 'mark', heads: 'k', pattern: /^(kexeckit-mark .{1,280})/ },
  // A misspelt one as well: whoever reads it refuses it.
  { kind: 'measured-run', heads: `kK${BLANKS}`, pattern: /^\s{0,8}(kexeckit[-_]?runs?(?:$|\s.{0,280}))/i },
  { kind: 'user-space-done', heads: 's', pattern: /^systemd-shutdown\[1\]: (Rebooting with kexec)\./ },
  {
    kind: 'devices-stop',
    heads: 'sk',
    pattern: /^(?:sd [\d:]{1,40}: \[\w{1,20}\] (Synchronizing SCSI cache)|kvm: (exiting) hardware virt)/,
  },
  { kind: 'kexec-start', heads: 'kS', pattern: /^(?:kexec(?:_core)?: )?(Starting new kernel)$/ },
  { kind: 'crash-start', heads: 'kS', pattern: /^(?:kexec(?:_core)?: )?(Starting crashdump kernel)\.\.\.$/ },
  { kind: 'cpu-off', heads: 'p', pattern: /^psci: CPU(\d{1,6}) killed/ },
  { kind: 'cpu-off', heads: 'C', pattern: /^CPU(\d{1,6}): shutdown$/ },
  { kind: 'bye', heads: 'kB', pattern: /^(?:kexec(?:_core)?: )?(Bye)!$/ },
  { kind: 'purgatory', heads: 'I', pattern: /^(I'm in purgatory)/ },
  { kind: 'mismatch', heads: 's', pattern: /^(sha256 digests do not match)/ },
  { kind: 'refused', heads: 'kC', pattern: /^(?:kexec(?:_core)?: )?(Can't kexec: CPUs are stuck in the kernel)/ },
  { kind: 'oops', heads: 'U', pattern: /^(Unable to handle kernel .{1,200})$/ },
  { kind: 'oops', heads: 'I', pattern: /^(Internal error: .{1,200})$/ },
  { kind: 'oops', heads: 'k', pattern: /^(kernel BUG at .{1,200})$/ },
  { kind: 'fault-detail', heads: ' E', pattern: /^ {0,4}(ESR = 0x[\da-f]{1,16})/ },
  { kind: 'fault-detail', heads: ' E', pattern: /^ {0,4}((?:EC|Exception class) = .{1,80})/ },
  { kind: 'fault-detail', heads: '[', pattern: /^(\[[\da-f]{16}\] pgd=.{1,120})/ },
  {
    kind: 'fault-detail',
    heads: 'pP',
    pattern: /^(?:pc : |PC is at )([\w.$]{1,100}(?:\+0x[\da-f]{1,8}\/0x[\da-f]{1,8})?)/,
  },
  { kind: 'end-trace', heads: '-', pattern: /^---\[ (end trace) / },
  { kind: 'panic', heads: 'K', pattern: /^Kernel panic - not syncing: (.{1,200})$/ },
  { kind: 'stalled', heads: 'I', pattern: /^(INFO: task \S{1,40} blocked for more than \d{1,9} seconds)/ },
  { kind: 'stalled', heads: 'wWbB', pattern: /^(?:watchdog: )?(BUG: (?:soft|hard) lockup .{1,160})/i },
  { kind: 'stalled', heads: 'NwW', pattern: /^(?:(?:NMI )?watchdog: )?(Watchdog detected hard LOCKUP .{1,160})/ },
  {
    kind: 'stalled',
    heads: 'rI',
    pattern: /^(?:rcu: )?INFO: (\w{1,30} (?:self-)?detected (?:expedited )?stalls? .{1,160})/,
  },
  { kind: 'restart', heads: 'r', pattern: /^reboot: (Restarting system|Power down|System halted)/ },
  // What firmware says when it begins: nothing of this is said on the way from one kernel to the next.
  { kind: 'firmware', heads: 'NI', pattern: /^((?:NOTICE|INFO): {1,4}BL(?:1|2|31): .{1,80})/, by: 'firmware' },
  { kind: 'firmware', heads: 'U', pattern: /^(U-Boot (?:SPL |TPL )?20\d\d\.\d\d\S{0,40})/, by: 'firmware' },
  { kind: 'firmware', heads: 'U', pattern: /^(UEFI firmware .{1,80})/, by: 'firmware' },
  { kind: 'firmware', heads: 'E', pattern: /^(EFI stub: Booting Linux Kernel)/, by: 'firmware' },
  { kind: 'firmware', heads: 'B', pattern: /^(BdsDxe: (?:loading|starting) .{1,80})/, by: 'firmware' },
  { kind: 'firmware', heads: ' G', pattern: /^( {0,20}GNU GRUB {1,4}version .{1,40})/, by: 'firmware' },
  { kind: 'firmware', heads: 'S', pattern: /^(Starting kernel \.\.\.)$/, by: 'firmware' },
  {
    kind: 'firmware-chatter',
    heads: 'IENW',
    pattern: /^((?:[IENW]|INFO|NOTICE|WARNING|ERROR): .{1,120})/,
    by: 'firmware',
  },
];

/** The rules for lines that begin with a character. */
const BY_HEAD: ReadonlyMap<string, readonly Rule[]> = new Map(
  [...new Set(RULES.flatMap(({ heads }) => [...heads]))].map((head) => [
    head,
    RULES.filter(({ heads }) => heads.includes(head)),
  ]),
);
const NO_RULES: readonly Rule[] = [];

/** What a line means, or `undefined` where it says nothing about a reboot. */
export const eventOf = (line: LogLine): LogEvent | undefined =>
  eventBy(BY_HEAD.get(line.text.charAt(0)) ?? NO_RULES, line);

/** The same by all rules, whatever the line begins with. */
export const eventByAll = (line: LogLine): LogEvent | undefined => eventBy(RULES, line);

function eventBy(rules: readonly Rule[], line: LogLine): LogEvent | undefined {
  for (const { kind, pattern, by } of rules) {
    if (by !== undefined && line.isKernel) continue;
    const match = pattern.exec(line.text);
    if (match !== null) return { kind, line, value: match.slice(1).find((part) => part !== undefined) ?? '' };
  }
  return undefined;
}
