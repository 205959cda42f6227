import type { KernelVersion, LogLine } from './kernel.ts';
import { memparse } from './number.ts';

/** Suffixes that set an occurrence apart from the plain ones. */
export type CrashkernelSuffix = ',high' | ',low' | ',cma';

/** The parameter does not occur. */
export const ENOENT = -2;
/** The value is wrong. */
export const EINVAL = -22;
const MAX = 0xffff_ffff_ffff_ffffn;
/** Range lists are decided on RAM rounded up to this: 128 MiB. */
export const RAM_UNIT = 0x800_0000n;
const SPACE = 0x20;
const AT = 0x40;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;

/** One pass of the grammar over the line: what it is told, and what it leaves behind. */
export interface Pass {
  line: string;
  ram: bigint;
  needle: string;
  name: string;
  kernel: KernelVersion;
  size: bigint;
  base: bigint;
  /** Whether the clause just read holds the machine's RAM. */
  matched: boolean;
  /** RAM bounds and size of that clause; the upper bound is not part of it. */
  from: bigint;
  to: bigint;
  clauseSize: bigint;
  /** Index where the last complaint arose. */
  errorAt: number;
  log: LogLine[];
}

/** A pass that has read nothing yet. */
export function newPass(line: string, ram: bigint, name: string, kernel: KernelVersion): Pass {
  return {
    line,
    ram: BigInt.asUintN(64, ram),
    needle: `${name}=`,
    name,
    kernel,
    size: 0n,
    base: 0n,
    matched: false,
    from: 0n,
    to: 0n,
    clauseSize: 0n,
    errorAt: -1,
    log: [],
  };
}

/** RAM as range lists see it: rounded up, which can wrap to 0. */
export function roundedRam(ram: bigint): bigint {
  return (ram + RAM_UNIT - 1n) & MAX & ~(RAM_UNIT - 1n);
}

/** Index after the token that holds position `at`: only a space ends one. */
export function crashkernelTokenEnd(line: string, at: number): number {
  const space = line.indexOf(' ', at);
  return space < 0 ? line.length : space;
}

/** The suffix that a token ends in, or null for a plain one. */
export function crashkernelSuffix(line: string, end: number): CrashkernelSuffix | null {
  if (line.endsWith(',high', end)) return ',high';
  if (line.endsWith(',low', end)) return ',low';
  return line.endsWith(',cma', end) ? ',cma' : null;
}

/** Index of the value of the last occurrence of that class, or -1. Any occurrence of the text counts, as in Linux. */
function lastOfClass(pass: Pass, suffix: CrashkernelSuffix | null): number {
  const { line, needle } = pass;
  let later = line.length;
  let end = -1;
  for (let at = line.lastIndexOf(needle); at >= 0; at = later > 0 ? line.lastIndexOf(needle, later - 1) : -1) {
    end = end < 0 ? crashkernelTokenEnd(line, at) : (spaceBetween(line, at, later) ?? end);
    if (classOf(pass, end) === suffix) return at + needle.length;
    later = at;
  }
  return -1;
}

/** First space in `[from, to)`. Looking further would make a line of many occurrences quadratic. */
function spaceBetween(line: string, from: number, to: number): number | null {
  for (let i = from; i < to; i++) if (line.charCodeAt(i) === SPACE) return i;
  return null;
}

/** 6.1 has no `,cma`: there such a token is a plain one. */
export function classOf(pass: Pass, end: number): CrashkernelSuffix | null {
  const suffix = crashkernelSuffix(pass.line, end);
  return suffix === ',cma' && pass.kernel === '6.1' ? null : suffix;
}

function warn(pass: Pass, at: number, text: string): typeof EINVAL {
  pass.errorAt = at;
  pass.log.push(['warn', `${pass.name}: ${text}`]);
  return EINVAL;
}

function unrecognized(pass: Pass, at: number): typeof EINVAL {
  return warn(pass, at, `unrecognized char: ${pass.line.charAt(at)}`);
}

function endsToken(line: string, at: number): boolean {
  return at >= line.length || line.charCodeAt(at) === SPACE;
}

/** `size,suffix`, and nothing else. */
export function parseSuffixed(pass: Pass, at: number, suffix: CrashkernelSuffix): number {
  const { value, consumed } = memparse(pass.line, pass.kernel, at);
  pass.size = value;
  if (consumed === 0) return warn(pass, at, 'memory value expected');
  const after = at + consumed;
  if (!pass.line.startsWith(suffix, after)) return unrecognized(pass, after);
  return endsToken(pass.line, after + suffix.length) ? 0 : unrecognized(pass, after + suffix.length);
}

/** `size[@base]`; nothing behind the `@` is checked. */
export function parseSimple(pass: Pass, at: number): number {
  const { value, consumed } = memparse(pass.line, pass.kernel, at);
  pass.size = value;
  if (consumed === 0) return warn(pass, at, 'memory value expected');
  const after = at + consumed;
  if (pass.line.charCodeAt(after) === AT) {
    pass.base = memparse(pass.line, pass.kernel, after + 1).value;
    return 0;
  }
  return endsToken(pass.line, after) ? 0 : unrecognized(pass, after);
}

/** `start-[end]:size[,…][@base]`, decided on the RAM rounded up to 128 MiB (which can wrap to 0). */
function parseRanges(pass: Pass, from: number): number {
  const { line } = pass;
  const ram = roundedRam(pass.ram);
  let at = from;
  do {
    const next = parseClause(pass, at, ram);
    if (next < 0) return next;
    at = next;
  } while (!pass.matched && line.charCodeAt(at++) === COMMA);
  if (pass.size > 0n) return parseRangeBase(pass, at);
  pass.log.push(['info', `${pass.name} size resulted in zero bytes`]);
  return 0;
}

/** One `start-[end]:size`; returns the index after it, or a negative error. */
export function parseClause(pass: Pass, from: number, ram: bigint): number {
  const { line, kernel } = pass;
  pass.matched = false;
  const start = memparse(line, kernel, from);
  if (start.consumed === 0) return warn(pass, from, 'Memory value expected');
  let at = from + start.consumed;
  if (line.charCodeAt(at) !== MINUS) return warn(pass, at, "'-' expected");
  at++;
  let end = MAX;
  if (line.charCodeAt(at) !== COLON) {
    const parsed = memparse(line, kernel, at);
    if (parsed.consumed === 0) return warn(pass, at, 'Memory value expected');
    end = parsed.value;
    at += parsed.consumed;
    if (end <= start.value) return warn(pass, from, 'end <= start');
  }
  if (line.charCodeAt(at) !== COLON) return warn(pass, at, "':' expected");
  at++;
  const size = memparse(line, kernel, at);
  if (size.consumed === 0) return warn(pass, at, 'Memory value expected');
  pass.from = start.value;
  pass.to = end;
  pass.clauseSize = size.value;
  if (size.value >= ram) return warn(pass, at, 'invalid size');
  pass.matched = ram >= start.value && ram < end;
  if (pass.matched) pass.size = size.value;
  return at + size.consumed;
}

/** The base follows the first `@` before the next space, whatever stands between. */
function parseRangeBase(pass: Pass, from: number): number {
  const at = pass.line.indexOf('@', from);
  if (at < 0 || at >= crashkernelTokenEnd(pass.line, from)) return 0;
  const { value, consumed } = memparse(pass.line, pass.kernel, at + 1);
  pass.base = value;
  return consumed === 0 ? warn(pass, at + 1, "Memory value expected after '@'") : 0;
}

/** Evaluates the last occurrence of one class; size and base are left in the pass. */
export function evaluate(pass: Pass, suffix: CrashkernelSuffix | null): number {
  pass.size = 0n;
  pass.base = 0n;
  const at = lastOfClass(pass, suffix);
  if (at < 0) return ENOENT;
  if (suffix) return parseSuffixed(pass, at, suffix);
  return isRangeList(pass.line, at) ? parseRanges(pass, at) : parseSimple(pass, at);
}

/** The extended syntax is chosen iff a `:` stands in front of the first space. */
export function isRangeList(line: string, valueStart: number): boolean {
  const colon = line.indexOf(':', valueStart);
  return colon >= 0 && colon < crashkernelTokenEnd(line, valueStart);
}
