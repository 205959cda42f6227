/**
 * What the time in front of a line counts from: `date` a calendar's · `winter`, `rest-of-year` a calendar's without a year, of which
 * nobody knows whether there is a 29 February in between · `day` midnight · `elapsed` the beginning of the log. Times of two kinds
 * cannot be compared.
 */
export type LoggerClock = 'date' | 'winter' | 'rest-of-year' | 'day' | 'elapsed';

/** When a line came, by the clock of whoever wrote the log: a serial logger, syslog, the journal. */
export interface LoggerTime {
  readonly clock: LoggerClock;
  readonly micros: number;
  /** What the time is rounded to, in microseconds. */
  readonly resolution: number;
}

/** A time in front of a line, and what stands behind it. */
export interface Logged {
  readonly time: LoggerTime | undefined;
  readonly rest: string;
  /** Whether syslog or the journal name another program than the kernel: whatever it quotes, the kernel did not say it now. */
  readonly isProgram: boolean;
  /** Whether they name the kernel. */
  readonly isKernel?: boolean;
  /** Whether it is the time of a line of `dmesg`, as nobody else writes it without a host. */
  readonly isDmesg?: boolean;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** Syslog writes no year. In a leap year every day that it can name exists. */
const SOME_YEAR = 2000;

const ISO = /^\[?(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))? ?(Z|[+-]\d\d:?\d\d)?\]?:? ?/;
const TIME = /^\[?(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?:\] ?| )/;
const SYSLOG = /^([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))? /;
/** The journal's `short-full` and `with-unit`: the zone is a name, which says nothing without a table. */
const FULL =
  /^[A-Z][a-z]{2} (\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?: (?:[A-Z]{2,5}|[+-]\d{2,4}))? /;
/** `dmesg -T`. */
const CTIME = /^\[[A-Z][a-z]{2} ([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})\] ?/;
/** `ts %.s`. */
const EPOCH = /^\[?(1\d{9})\.(\d{3,9})\]?:? /;
/** grabserial: since the beginning, and since the line before. */
const ELAPSED = /^\[(\d{1,9})\.(\d{6}) \d{1,9}\.\d{6}\] ?/;

/** Syslog and the journal name host and program in front of a kernel's line. */
const SOURCE = /^[\w.:%-]{1,64} kernel(?:\[\d+\])?: ?/;
const PROGRAM = /^[\w.:%-]{1,64} (?!kernel\[)\S{1,100}\[\d{1,10}\]: /;
/** A program without a number, which quotes printk: serial lines may look so, too, where no syslog wrote them. */
const QUOTES = /^[\w.:%-]{1,64} (?!kernel[:[])\S{1,100}: {1,4}\[ {0,8}\d{1,9}\.\d{6}\]/;

/** Takes the time away that a logger put in front of a line. */
export function logged(line: string): Logged {
  for (const read of readersOf(line)) {
    const found = read(line);
    if (found !== undefined) return behind(found, line.slice(found.length));
  }
  return { time: undefined, rest: line, isProgram: false };
}

/** Who wrote what stands behind a time. */
function behind({ time, isSyslog, isDmesg }: Found, rest: string): Logged {
  // What printk wrote itself names nobody.
  if (rest.startsWith('[')) return { time, rest, isProgram: false };
  if (PROGRAM.test(rest) || (isSyslog === true && QUOTES.test(rest))) return { time, rest, isProgram: true };
  const source = SOURCE.exec(rest);
  if (source === null) return { time, rest, isProgram: false, isDmesg: isDmesg === true };
  return { time, rest: rest.slice(source[0].length), isProgram: false, isKernel: true };
}

interface Found {
  readonly time: LoggerTime;
  readonly length: number;
  /** Whether syslog, or the journal, writes its times so. */
  readonly isSyslog?: boolean;
  readonly isDmesg?: boolean;
}

type Read = (line: string) => Found | undefined;

const BY_DIGIT: readonly Read[] = [readIso, readTime, readEpoch];
const BY_DIGIT_IN_BRACKET: readonly Read[] = [...BY_DIGIT, readElapsed];
const BY_LETTER: readonly Read[] = [readSyslog, readFull];
const BY_LETTER_IN_BRACKET: readonly Read[] = [readCtime];
const BY_NOTHING: readonly Read[] = [];

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
const isCapital = (code: number): boolean => code >= 0x41 && code <= 0x5a;

/** Who may have written a time that begins so: most lines have none. */
function readersOf(line: string): readonly Read[] {
  const inBracket = line.startsWith('[');
  const first = line.charCodeAt(inBracket ? 1 : 0);
  if (isDigit(first)) return inBracket ? BY_DIGIT_IN_BRACKET : BY_DIGIT;
  if (isCapital(first)) return inBracket ? BY_LETTER_IN_BRACKET : BY_LETTER;
  return BY_NOTHING;
}

function readIso(line: string): Found | undefined {
  const match = ISO.exec(line);
  if (match === null) return undefined;
  const [whole, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = '', zone = ''] = match;
  const days = dayNumber(Number(year), Number(month), Number(day));
  const time = dated(days, secondsOfDay(hour, minute, second), fraction);
  const isSyslog = whole.includes('T') && zone !== '';
  // Neither syslog nor the journal has a comma.
  const isDmesg = isSyslog && whole.includes(',');
  return time && { time: { ...time, micros: time.micros - zoneMicros(zone) }, length: whole.length, isSyslog, isDmesg };
}

function readTime(line: string): Found | undefined {
  const match = TIME.exec(line);
  if (match === null) return undefined;
  const [whole, hour = '', minute = '', second = '', fraction = ''] = match;
  const time = dated(0, secondsOfDay(hour, minute, second), fraction);
  return time && { time: { ...time, clock: 'day' }, length: whole.length };
}

function readSyslog(line: string): Found | undefined {
  const match = SYSLOG.exec(line);
  if (match === null) return undefined;
  const [whole, month = '', day = '', hour = '', minute = '', second = '', fraction = ''] = match;
  const days = dayNumber(SOME_YEAR, MONTHS.indexOf(month) + 1, Number(day));
  const time = dated(days, secondsOfDay(hour, minute, second), fraction);
  const clock = MONTHS.indexOf(month) < 2 ? 'winter' : 'rest-of-year';
  return time && { time: { ...time, clock }, length: whole.length, isSyslog: true };
}

function readFull(line: string): Found | undefined {
  const match = FULL.exec(line);
  if (match === null) return undefined;
  const [whole, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = ''] = match;
  const days = dayNumber(Number(year), Number(month), Number(day));
  const time = dated(days, secondsOfDay(hour, minute, second), fraction);
  return time && { time, length: whole.length, isSyslog: true };
}

function readCtime(line: string): Found | undefined {
  const match = CTIME.exec(line);
  if (match === null) return undefined;
  const [whole, month = '', day = '', hour = '', minute = '', second = '', year = ''] = match;
  const days = dayNumber(Number(year), MONTHS.indexOf(month) + 1, Number(day));
  const time = dated(days, secondsOfDay(hour, minute, second), '');
  return time && { time, length: whole.length, isDmesg: true };
}

function readEpoch(line: string): Found | undefined {
  const match = EPOCH.exec(line);
  if (match === null) return undefined;
  const [whole, seconds = '', fraction = ''] = match;
  const time = dated(0, Number(seconds), fraction);
  return time && { time, length: whole.length };
}

function readElapsed(line: string): Found | undefined {
  const match = ELAPSED.exec(line);
  if (match === null) return undefined;
  const [whole, seconds = '', fraction = ''] = match;
  const time = dated(0, Number(seconds), fraction);
  return time && { time: { ...time, clock: 'elapsed' }, length: whole.length };
}

/** Days since 1970, or `undefined` for a day that is in no calendar. */
function dayNumber(year: number, month: number, day: number): number | undefined {
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined;
  return Date.UTC(year, month - 1, day) / 86_400_000;
}

function secondsOfDay(hour: string, minute: string, second: string): number | undefined {
  // A leap second is written 60.
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  return Number(hour) * 3600 + Number(minute) * 60 + Number(second);
}

function dated(days: number | undefined, seconds: number | undefined, fraction: string): LoggerTime | undefined {
  if (days === undefined || seconds === undefined) return undefined;
  const micros = Number(fraction.padEnd(6, '0').slice(0, 6));
  return {
    clock: 'date',
    micros: (days * 86_400 + seconds) * 1_000_000 + micros,
    resolution: 10 ** (6 - Math.min(6, fraction.length)),
  };
}

function zoneMicros(zone: string): number {
  if (zone === '' || zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith('-') ? -1 : 1) * minutes * 60_000_000;
}
