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
  const stamp = headOf(line);
  if (stamp !== null) {
    const [whole, facility = '', seconds = '', fraction = ''] = stamp;
    return {
      micros: Number(seconds) * 1_000_000 + Number(fraction),
      message: withoutHost(line.slice(whole.length)),
      isProgram: facility !== '' && !/^(?:<[0-7]>|kern)/.test(facility),
    };
  }
  return isCutOrRecord(line.charCodeAt(0)) ? cutOrRecord(line) : undefined;
}

/** The stamp at the beginning of a line: where neither a level nor a bracket begins it, there is none. */
function headOf(line: string): RegExpExecArray | null {
  const first = line.charCodeAt(0);
  const mayBe = first === 0x5b || first === 0x3c || (first >= 0x61 && first <= 0x7a);
  return mayBe ? STAMP.exec(line) : null;
}

/** The host that the journal puts between the stamp and what was said. */
function withoutHost(message: string): string {
  return message.includes(' kernel: ') ? message.replace(JOURNAL, '') : message;
}

/** Digits, a blank, or the point of a time. */
const isCutOrRecord = (first: number): boolean => (first >= 0x30 && first <= 0x39) || first === 0x20 || first === 0x2e;

function cutOrRecord(line: string): Stamped | undefined {
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
  // What stands behind the first stamp's bracket, or at its own: most lines have no other.
  if (line.indexOf('[', 1) < 0) return [line];
  const head = headOf(line)?.[0].length ?? 0;
  if (line.indexOf('[', head) < 0) return [line];
  const parts: string[] = [];
  let from = 0;
  INNER.lastIndex = head;
  for (let found = INNER.exec(line); found !== null; found = INNER.exec(line)) {
    const { index } = found;
    if (from === 0 && head > 0 && QUOTER.test(line.slice(head, index))) break;
    if (index > from) parts.push(line.slice(from, index));
    from = index;
  }
  parts.push(line.slice(from));
  return parts;
}
