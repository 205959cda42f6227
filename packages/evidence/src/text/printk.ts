/** A line as printk wrote it. */
export interface Stamped {
  /** Microseconds on the kernel's clock; `undefined` where the line's beginning is lost, and its time with it. */
  readonly micros: number | undefined;
  readonly message: string;
  /** Whether a facility says that a program wrote it to /dev/kmsg. */
  readonly isProgram: boolean;
}

/**
 * What printk writes in front: a level (`dmesg --raw`, `dmesg -x`), the time, the caller, and the CPU on kernels with
 * real-time patches. `dmesg -d` adds a difference, the journal the host.
 */
const STAMP =
  /^(<\d{1,3}>|[a-z]{1,10} *:[a-z]{1,10} *: ?)?\[ {0,8}(\d{1,9})\.(\d{6})(?: +<[ +\d.]{1,20}>)?\](?:\[ {0,8}[TC]\d{1,9}\])? ?(?:\d{3}: )?/;
const JOURNAL = /^[\w.:%-]{1,64} kernel: /;
/** A record of /dev/kmsg: level, number, time, flags. */
const RECORD = /^(\d{1,9}),\d{1,20},(\d{1,16}),[^;]{0,80};/;
/** Facility and level of a record are below this where the kernel itself speaks (Documentation/ABI/testing/dev-kmsg). */
const OF_PROGRAMS = 8;
/** A stamp that lost its bracket: its first digits may be lost as well. */
const CUT = /^ {0,8}\d{0,9}\.\d{6}\] /;
/** A stamp in the middle of a line, behind something that ended without a line feed. */
const INNER = /\[ {0,4}\d{1,9}\.\d{6}\](?:\[ {0,8}[TC]\d{1,9}\])? /g;

/** What printk wrote, or `undefined` where it is not its line. */
export function stamped(line: string): Stamped | undefined {
  const stamp = STAMP.exec(line);
  if (stamp !== null) {
    const [whole, facility = '', seconds = '', fraction = ''] = stamp;
    return {
      micros: Number(seconds) * 1_000_000 + Number(fraction),
      message: line.slice(whole.length).replace(JOURNAL, ''),
      isProgram: facility !== '' && !/^(?:<[0-7]>|kern)/.test(facility),
    };
  }
  const record = RECORD.exec(line);
  if (record !== null) {
    const [whole, facility, micros] = record;
    return { micros: Number(micros), message: line.slice(whole.length), isProgram: Number(facility) >= OF_PROGRAMS };
  }
  const cut = CUT.exec(line);
  return cut === null ? undefined : { micros: undefined, message: line.slice(cut[0].length), isProgram: false };
}

/** What a program says of itself, by way of printk, before it quotes a kernel: perhaps a host, its name, its number. */
const QUOTER = /^(?:[\w.:%-]{1,64} )?(?!kernel\[)\S{1,100}\[\d{1,10}\]: {1,4}$/;

/**
 * Parts a line where a kernel's line begins in its middle: firmware, a purgatory or an old kernel wrote before it. What a program
 * quotes is no line of its own.
 */
export function partsOf(line: string): readonly string[] {
  const head = STAMP.exec(line)?.[0].length ?? 0;
  const parts: string[] = [];
  let from = 0;
  for (const { index } of line.matchAll(INNER)) {
    if (index < head) continue;
    if (from === 0 && head > 0 && QUOTER.test(line.slice(head, index))) break;
    if (index > from) parts.push(line.slice(from, index));
    from = index;
  }
  parts.push(line.slice(from));
  return parts;
}
