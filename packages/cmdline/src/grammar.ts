import { AT, COLON, COMMA, DASH, SPACE } from './characters.ts';
import { EINVAL, ENOENT } from './errno.ts';
import { KERNELS, type KernelVersion, type LogLine } from './kernel.ts';
import { MAX_U64, type Scanned, scannedValue, scanSize } from './number.ts';

/** Suffixes that set an occurrence apart from the plain ones. */
export type CrashkernelSuffix = ',high' | ',low' | ',cma';

const NOTHING: Scanned = 0n;
/** Range lists are decided on RAM rounded up to this: 128 MiB. */
const RAM_UNIT = 0x800_0000n;
/** Up to here a double holds any number and its rounding. */
const EXACT = 2n ** 52n;
const UNIT = Number(RAM_UNIT);

/** What the kernel complains about. */
export type ComplaintKind =
  | 'no-size'
  | 'no-number'
  | 'no-dash'
  | 'no-colon'
  | 'no-base'
  | 'reversed'
  | 'too-large'
  | 'unrecognized';

/** The kernel's words for each; for `unrecognized` the character follows. */
export const COMPLAINTS: Readonly<Record<ComplaintKind, string>> = {
  'no-size': 'memory value expected',
  'no-number': 'Memory value expected',
  'no-dash': "'-' expected",
  'no-colon': "':' expected",
  'no-base': "Memory value expected after '@'",
  reversed: 'end <= start',
  'too-large': 'invalid size',
  unrecognized: 'unrecognized char: ',
};

/** One pass of the grammar over the line: what it is told, and what it leaves behind. */
export interface Pass {
  line: string;
  ram: bigint;
  /** Index of the value of the last occurrence of each class, -1 without one; see {@link locate}. */
  plainAt: number;
  highAt: number;
  lowAt: number;
  cmaAt: number;
  name: string;
  kernel: KernelVersion;
  size: Scanned;
  base: Scanned;
  /** Whether the clause just read holds the machine's RAM. */
  matched: boolean;
  /** RAM bounds and size of that clause; the upper bound is not part of it. */
  from: Scanned;
  to: Scanned;
  clauseSize: Scanned;
  /** The last complaint, null without one, and the index where it arose. */
  complaint: ComplaintKind | null;
  errorAt: number;
  log: LogLine[];
}

/** A pass that has read nothing yet. */
export function newPass(line: string, ram: bigint, name: string, kernel: KernelVersion): Pass {
  return {
    line,
    ram: ram >= 0n && ram <= MAX_U64 ? ram : BigInt.asUintN(64, ram),
    plainAt: -1,
    highAt: -1,
    lowAt: -1,
    cmaAt: -1,
    name,
    kernel,
    // Not 0: an engine that takes these for small integers makes a new shape of every pass that holds more.
    size: NOTHING,
    base: NOTHING,
    matched: false,
    from: NOTHING,
    to: NOTHING,
    clauseSize: NOTHING,
    complaint: null,
    errorAt: -1,
    log: [],
  };
}

/** RAM as range lists see it: rounded up, which can wrap to 0. */
export function roundedRam(ram: bigint): bigint {
  return (ram + RAM_UNIT - 1n) & MAX_U64 & ~(RAM_UNIT - 1n);
}

/** The same as a double where that is exact. */
function cheapRoundedRam(ram: bigint): Scanned {
  if (ram > EXACT) return roundedRam(ram);
  return Math.ceil(Number(ram) / UNIT) * UNIT;
}

/** Index after the token that holds position `at`: only a space ends one. */
export function crashkernelTokenEnd(line: string, at: number): number {
  const space = line.indexOf(' ', at);
  return space < 0 ? line.length : space;
}

/** The suffix that a token ends in, null for a plain one; before `,cma` was known such a token was a plain one. */
export function suffixOf(line: string, end: number, kernel: KernelVersion): CrashkernelSuffix | null {
  switch (line.charCodeAt(end - 1)) {
    case 0x68:
      return line.endsWith(',high', end) ? ',high' : null;
    case 0x77:
      return line.endsWith(',low', end) ? ',low' : null;
    case 0x61:
      return KERNELS[kernel].cma && line.endsWith(',cma', end) ? ',cma' : null;
    default:
      return null;
  }
}

/**
 * Finds the last occurrence of each class in one pass. Any occurrence of the text counts, as in Linux.
 * The other classes do not matter once a plain one is found, but for `,cma`.
 */
export function locate(pass: Pass): void {
  const { line, name, kernel } = pass;
  let end = 0;
  for (let equals = line.indexOf('=', name.length); equals >= 0; equals = line.indexOf('=', equals + 1)) {
    if (!line.startsWith(name, equals - name.length)) continue;
    const at = equals + 1;
    // Many occurrences can share one token: its end is looked for once.
    if (end < at) end = crashkernelTokenEnd(line, at);
    keep(pass, suffixOf(line, end, kernel), at);
  }
}

function keep(pass: Pass, suffix: CrashkernelSuffix | null, at: number): void {
  if (suffix === null) pass.plainAt = at;
  else if (suffix === ',high') pass.highAt = at;
  else if (suffix === ',low') pass.lowAt = at;
  else pass.cmaAt = at;
}

function located(pass: Pass, suffix: CrashkernelSuffix | null): number {
  if (suffix === null) return pass.plainAt;
  if (suffix === ',high') return pass.highAt;
  return suffix === ',low' ? pass.lowAt : pass.cmaAt;
}

function warn(pass: Pass, at: number, complaint: ComplaintKind, rest = ''): typeof EINVAL {
  pass.complaint = complaint;
  pass.errorAt = at;
  pass.log.push(['warn', `${pass.name}: ${COMPLAINTS[complaint]}${rest}`]);
  return EINVAL;
}

function unrecognized(pass: Pass, at: number): typeof EINVAL {
  return warn(pass, at, 'unrecognized', pass.line.charAt(at));
}

function endsToken(line: string, at: number): boolean {
  return at >= line.length || line.charCodeAt(at) === SPACE;
}

/** `size,suffix`, and nothing else. */
export function parseSuffixed(pass: Pass, at: number, suffix: CrashkernelSuffix): number {
  const consumed = scanSize(pass.line, pass.kernel, at);
  pass.size = scannedValue();
  if (consumed === 0) return warn(pass, at, 'no-size');
  const after = at + consumed;
  if (!pass.line.startsWith(suffix, after)) return unrecognized(pass, after);
  return endsToken(pass.line, after + suffix.length) ? 0 : unrecognized(pass, after + suffix.length);
}

/** `size[@base]`; nothing behind the `@` is checked. */
export function parseSimple(pass: Pass, at: number): number {
  const consumed = scanSize(pass.line, pass.kernel, at);
  pass.size = scannedValue();
  if (consumed === 0) return warn(pass, at, 'no-size');
  const after = at + consumed;
  if (pass.line.charCodeAt(after) === AT) {
    scanSize(pass.line, pass.kernel, after + 1);
    pass.base = scannedValue();
    return 0;
  }
  return endsToken(pass.line, after) ? 0 : unrecognized(pass, after);
}

/** `start-[end]:size[,…][@base]`, decided on the RAM rounded up to 128 MiB (which can wrap to 0). */
function parseRanges(pass: Pass, from: number): number {
  const { line } = pass;
  const ram = cheapRoundedRam(pass.ram);
  let at = from;
  do {
    const next = parseClause(pass, at, ram);
    if (next < 0) return next;
    at = next;
  } while (!pass.matched && line.charCodeAt(at++) === COMMA);
  if (pass.size > 0) return parseRangeBase(pass, at);
  pass.log.push(['info', `${pass.name} size resulted in zero bytes`]);
  return 0;
}

/** One `start-[end]:size`; returns the index after it, or a negative error. */
export function parseClause(pass: Pass, from: number, ram: Scanned): number {
  const { line, kernel } = pass;
  pass.matched = false;
  const taken = scanSize(line, kernel, from);
  const start = scannedValue();
  if (taken === 0) return warn(pass, from, 'no-number');
  let at = from + taken;
  if (line.charCodeAt(at) !== DASH) return warn(pass, at, 'no-dash');
  at++;
  let end: Scanned = MAX_U64;
  if (line.charCodeAt(at) !== COLON) {
    const width = scanSize(line, kernel, at);
    end = scannedValue();
    if (width === 0) return warn(pass, at, 'no-number');
    at += width;
    if (end <= start) return warn(pass, from, 'reversed');
  }
  if (line.charCodeAt(at) !== COLON) return warn(pass, at, 'no-colon');
  at++;
  const width = scanSize(line, kernel, at);
  const size = scannedValue();
  if (width === 0) return warn(pass, at, 'no-number');
  pass.from = start;
  pass.to = end;
  pass.clauseSize = size;
  if (size >= ram) return warn(pass, at, 'too-large');
  pass.matched = ram >= start && ram < end;
  if (pass.matched) pass.size = size;
  return at + width;
}

/** The base follows the first `@` before the next space, whatever stands between. */
function parseRangeBase(pass: Pass, from: number): number {
  const at = pass.line.indexOf('@', from);
  if (at < 0 || at >= crashkernelTokenEnd(pass.line, from)) return 0;
  const consumed = scanSize(pass.line, pass.kernel, at + 1);
  pass.base = scannedValue();
  return consumed === 0 ? warn(pass, at + 1, 'no-base') : 0;
}

/** Evaluates the last occurrence of one class; size and base are left in the pass. */
export function evaluate(pass: Pass, suffix: CrashkernelSuffix | null): number {
  pass.size = 0;
  pass.base = 0;
  const at = located(pass, suffix);
  if (at < 0) return ENOENT;
  if (suffix) return parseSuffixed(pass, at, suffix);
  return isRangeList(pass.line, at) ? parseRanges(pass, at) : parseSimple(pass, at);
}

/** The extended syntax is chosen if and only if there is a `:` before the first space. */
export function isRangeList(line: string, valueStart: number): boolean {
  const colon = line.indexOf(':', valueStart);
  return colon >= 0 && colon < crashkernelTokenEnd(line, valueStart);
}

/** A scanned number as the API has it. */
export function toBigInt(value: Scanned): bigint {
  return value === 0 ? 0n : BigInt(value);
}
