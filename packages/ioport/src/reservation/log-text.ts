/** Characters of a line that are looked at: all of any that says something about memory. */
const KEPT = 300;
/** Microseconds that the stamps of several CPUs may be out of order within one boot. */
const SKEW = 1_000_000;

const ESCAPE = new RegExp(`${String.fromCharCode(0x1b)}\\[[0-9;]*[A-Za-z]`, 'g');
/** What a program says of itself in a journal: its name and number. */
const PROGRAM = /\s[\w.@()/-]{1,60}\[\d+\]: /;
const STAMP = /\[\s*(\d{1,12})\.(\d{6})[\s\]]/;
const BOOTING = /(?:^|[\s\]>])Booting Linux on physical CPU/;
const VERSION = /(?:^|[\s\]>])Linux version \d/;

/** What has been read of the boot that goes on. */
interface Going {
  clock: number;
  isBooting: boolean;
  isVersion: boolean;
}

const fresh = (): Going => ({ clock: 0, isBooting: false, isVersion: false });

/**
 * The kernel's lines of the last boot in a log. Nothing is cut off in front of them: there are as many kinds of time stamps as
 * programs that write logs, and what a kernel says about memory is known wherever it stands in a line.
 */
export function lastBootOf(log: string | readonly string[]): string[] {
  const raw = typeof log === 'string' ? log.split(/\r\n|\n|\r/) : log;
  let boot: string[] = [];
  let going = fresh();
  for (const text of raw) {
    const line = text.slice(0, KEPT).replace(ESCAPE, '').trimEnd();
    if (PROGRAM.test(line)) continue;
    if (begins(going, line)) {
      boot = [];
      going = fresh();
    }
    going.clock = clockOf(line) ?? going.clock;
    going.isBooting ||= BOOTING.test(line);
    going.isVersion ||= VERSION.test(line);
    boot.push(line);
  }
  return boot;
}

/** Whether a line is the first of another boot: by what kernels say first, or a clock that was set back. */
function begins({ clock, isBooting, isVersion }: Going, line: string): boolean {
  if (BOOTING.test(line)) return true;
  if (VERSION.test(line) && (isVersion || !isBooting)) return true;
  return (clockOf(line) ?? clock) < clock - SKEW;
}

/** Microseconds since the kernel began, where a line tells. */
function clockOf(line: string): number | undefined {
  const [, seconds, micros] = STAMP.exec(line) ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1_000_000 + Number(micros);
}
