/**
 * What a command on a host leaves behind right before the last system call, for whoever reports at the next boot.
 *
 * A mark is one line of text, in a file and, where that is possible, in the kernel's log (`/dev/kmsg`), which gives it a time
 * on the kernel's clock too:
 *
 * ```
 * kexeckit-mark 1 realtime=1790000000.123456 boottime=123.456789 monotonic=123.456780 boot=… strategy=mmu-on checks=yes
 * ```
 *
 * Words are divided by blanks, in any order behind the version; times are seconds; unknown words are left alone.
 */
export interface CommitMark {
  /** CLOCK_REALTIME in microseconds. */
  readonly realtime: number;
  /** CLOCK_BOOTTIME in microseconds: it goes on while the machine sleeps. */
  readonly boottime: number;
  /** CLOCK_MONOTONIC in microseconds. */
  readonly monotonic: number;
  /** /proc/sys/kernel/random/boot_id of the kernel that is left. */
  readonly bootId: string;
  readonly strategy: string;
  /** Whether digests are compared before the jump. */
  readonly checks: boolean;
  /**
   * Whoever makes the next kernel's device tree may leave in it nothing that tells of kexec: what is not there says nothing then. In
   * the line it is `trace=no`.
   */
  readonly isTraceless?: true;
}

const BEGINNING = 'kexeckit-mark 1 ';
const MARK_MAX = 512;
const MICROS = 1_000_000;

/** A mark as its line, without a line feed. */
export function formatMark({
  realtime,
  boottime,
  monotonic,
  bootId,
  strategy,
  checks,
  isTraceless,
}: CommitMark): string {
  const times = `realtime=${seconds(realtime)} boottime=${seconds(boottime)} monotonic=${seconds(monotonic)}`;
  return `${BEGINNING}${times} boot=${bootId} strategy=${strategy} checks=${checks ? 'yes' : 'no'}${isTraceless ? ' trace=no' : ''}`;
}

/** Reads a mark's line, or gives `undefined` for everything else. */
export function parseMark(line: string): CommitMark | undefined {
  const text = line.slice(0, MARK_MAX).trim();
  if (!text.startsWith(BEGINNING)) return undefined;
  const words = new Map(text.split(' ').map((word) => halves(word)));
  const [realtime, boottime, monotonic] = ['realtime', 'boottime', 'monotonic'].map((name) => micros(words.get(name)));
  const [bootId, strategy, checks] = ['boot', 'strategy', 'checks'].map((name) => words.get(name));
  if (realtime === undefined || boottime === undefined || monotonic === undefined) return undefined;
  if (!bootId || !strategy || (checks !== 'yes' && checks !== 'no')) return undefined;
  const traceless = words.get('trace') === 'no' && ({ isTraceless: true } as const);
  return { realtime, boottime, monotonic, bootId, strategy, checks: checks === 'yes', ...traceless };
}

function halves(word: string): [name: string, value: string] {
  const at = word.indexOf('=');
  return at < 0 ? [word, ''] : [word.slice(0, at), word.slice(at + 1)];
}

const seconds = (time: number): string =>
  `${Math.floor(time / MICROS)}.${String(Math.floor(time % MICROS)).padStart(6, '0')}`;

function micros(text: string | undefined): number | undefined {
  const match = /^(\d{1,10})\.(\d{6})$/.exec(text ?? '');
  return match === null ? undefined : Number(match[1]) * MICROS + Number(match[2]);
}
