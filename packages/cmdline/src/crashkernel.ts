import { cString } from './bytes.ts';
import { defaultKernel, type KernelVersion, type LogLine } from './kernel.ts';
import { memparse } from './number.ts';

/** Suffixes that set an occurrence apart from the plain ones. */
export type CrashkernelSuffix = ',high' | ',low' | ',cma';

/**
 * Which results the architecture asks the parser for: `generic` low, high and cma (arm64, x86, riscv), `generic-nocma`
 * low and high, `legacy` size and base only, `legacy-cma` size, base and cma.
 */
export type CrashkernelMode = 'generic' | 'generic-nocma' | 'legacy' | 'legacy-cma';

/** How to read the line. */
export interface CrashkernelOptions {
  /** The parameter's name. `kexeckernel` uses the same grammar but, as in the 2019 series, no suffix. */
  parameter?: 'crashkernel' | 'kexeckernel' | undefined;
  /** Whose behaviour; 7.3 by default. */
  kernel?: KernelVersion | undefined;
  /** `generic` for crashkernel (6.1: `generic-nocma`), `legacy` for kexeckernel by default. */
  mode?: CrashkernelMode | undefined;
  /** Low memory in bytes when `,high` comes without `,low`: 128 MiB on arm64 (the default; 0 in 6.1), 256 MiB on x86. */
  defaultLow?: bigint | undefined;
}

/**
 * What Linux makes of the line. The fields hold what the kernel leaves in its variables, also after an error; only with
 * `ret` 0 do they mean anything to it.
 */
export interface CrashkernelVerdict {
  /** 0, or -22 (EINVAL) where nothing is reserved. */
  ret: 0 | -22;
  /** Bytes to reserve. */
  size: bigint;
  /** Where, or 0 for anywhere. */
  base: bigint;
  /** Bytes to reserve in low memory besides. */
  lowSize: bigint;
  /** True if the region may lie above the low-memory limit (`,high`). */
  high: boolean;
  /** Bytes to reserve as CMA. */
  cmaSize: bigint;
  /** What the kernel prints on the way. */
  log: LogLine[];
}

/** 128 MiB: the low region on arm64 when only `,high` is given. */
export const ARM64_DEFAULT_LOW = 0x800_0000n;

const ENOENT = -2;
const EINVAL = -22;
const MAX = 0xffff_ffff_ffff_ffffn;
const ROUND = 0x800_0000n;
const SPACE = 0x20;
const AT = 0x40;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;

/** Bookkeeping of one pass over the line. */
interface Pass {
  line: string;
  ram: bigint;
  needle: string;
  name: string;
  kernel: KernelVersion;
  size: bigint;
  base: bigint;
  /** Whether the clause just read holds the machine's RAM. */
  matched: boolean;
  log: LogLine[];
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
  let from = line.length;
  while (from >= 0) {
    const at = line.lastIndexOf(needle, from);
    if (at < 0) return -1;
    if (classOf(pass, crashkernelTokenEnd(line, at)) === suffix) return at + needle.length;
    from = at - 1;
  }
  return -1;
}

/** 6.1 has no `,cma`: there such a token is a plain one. */
function classOf(pass: Pass, end: number): CrashkernelSuffix | null {
  const suffix = crashkernelSuffix(pass.line, end);
  return suffix === ',cma' && pass.kernel === '6.1' ? null : suffix;
}

function warn(pass: Pass, text: string): typeof EINVAL {
  pass.log.push(['warn', `${pass.name}: ${text}`]);
  return EINVAL;
}

function unrecognized(pass: Pass, at: number): typeof EINVAL {
  return warn(pass, `unrecognized char: ${pass.line.charAt(at)}`);
}

function endsToken(line: string, at: number): boolean {
  return at >= line.length || line.charCodeAt(at) === SPACE;
}

function parseSuffixed(pass: Pass, at: number, suffix: CrashkernelSuffix): number {
  const { value, consumed } = memparse(pass.line, pass.kernel, at);
  pass.size = value;
  if (consumed === 0) return warn(pass, 'memory value expected');
  const after = at + consumed;
  if (!pass.line.startsWith(suffix, after)) return unrecognized(pass, after);
  return endsToken(pass.line, after + suffix.length) ? 0 : unrecognized(pass, after + suffix.length);
}

/** `size[@base]`; nothing behind the `@` is checked. */
function parseSimple(pass: Pass, at: number): number {
  const { value, consumed } = memparse(pass.line, pass.kernel, at);
  pass.size = value;
  if (consumed === 0) return warn(pass, 'memory value expected');
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
  const ram = (pass.ram + ROUND - 1n) & MAX & ~(ROUND - 1n);
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
function parseClause(pass: Pass, from: number, ram: bigint): number {
  const { line, kernel } = pass;
  pass.matched = false;
  const start = memparse(line, kernel, from);
  if (start.consumed === 0) return warn(pass, 'Memory value expected');
  let at = from + start.consumed;
  if (line.charCodeAt(at) !== MINUS) return warn(pass, "'-' expected");
  at++;
  let end = MAX;
  if (line.charCodeAt(at) !== COLON) {
    const parsed = memparse(line, kernel, at);
    if (parsed.consumed === 0) return warn(pass, 'Memory value expected');
    end = parsed.value;
    at += parsed.consumed;
    if (end <= start.value) return warn(pass, 'end <= start');
  }
  if (line.charCodeAt(at) !== COLON) return warn(pass, "':' expected");
  at++;
  const size = memparse(line, kernel, at);
  if (size.consumed === 0) return warn(pass, 'Memory value expected');
  if (size.value >= ram) return warn(pass, 'invalid size');
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
  return consumed === 0 ? warn(pass, "Memory value expected after '@'") : 0;
}

/** Evaluates the last occurrence of one class; size and base are left in the pass. */
function evaluate(pass: Pass, suffix: CrashkernelSuffix | null): number {
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

/**
 * The kernel's verdict on `crashkernel=` (or `kexeckernel=`) in a command line: what Linux would reserve on a machine
 * with this much RAM, quirks and messages included. Never throws.
 *
 * @param cmdline The whole line; positions and blanks are those of a byte string.
 * @param systemRam Bytes of RAM as the kernel counts them.
 */
export function parseCrashkernel(
  cmdline: string,
  systemRam: bigint,
  options: CrashkernelOptions = {},
): CrashkernelVerdict {
  const name = options.parameter ?? 'crashkernel';
  const kernel = options.kernel ?? defaultKernel;
  const mode = options.mode ?? defaultMode(name, kernel);
  const pass: Pass = {
    line: cString(cmdline),
    ram: BigInt.asUintN(64, systemRam),
    needle: `${name}=`,
    name,
    kernel,
    size: 0n,
    base: 0n,
    matched: false,
    log: [],
  };
  return verdict(pass, mode, options.defaultLow ?? (kernel === '6.1' ? 0n : ARM64_DEFAULT_LOW));
}

function defaultMode(name: string, kernel: KernelVersion): CrashkernelMode {
  if (name === 'kexeckernel') return 'legacy';
  return kernel === '6.1' ? 'generic-nocma' : 'generic';
}

function verdict(pass: Pass, mode: CrashkernelMode, defaultLow: bigint): CrashkernelVerdict {
  const out: CrashkernelVerdict = {
    ret: EINVAL,
    size: 0n,
    base: 0n,
    lowSize: 0n,
    high: false,
    cmaSize: 0n,
    log: pass.log,
  };
  let ret = evaluate(pass, null);
  out.size = pass.size;
  out.base = pass.base;
  if (ret === ENOENT && mode.startsWith('generic')) {
    ret = evaluateHigh(pass, out, defaultLow);
    if (ret !== 0) return out;
  }
  if (mode === 'generic' || mode === 'legacy-cma') {
    evaluate(pass, ',cma');
    out.cmaSize = pass.size;
  }
  if (ret === 0 && out.size !== 0n && (out.size < pass.ram || pass.kernel === '6.1')) out.ret = 0;
  return out;
}

function evaluateHigh(pass: Pass, out: CrashkernelVerdict, defaultLow: bigint): number {
  const ret = evaluate(pass, ',high');
  out.size = pass.size;
  if (ret !== 0 || out.size === 0n) return EINVAL;
  const low = evaluate(pass, ',low');
  out.lowSize = low === ENOENT ? defaultLow : pass.size;
  if (low !== 0 && low !== ENOENT) return EINVAL;
  out.high = true;
  return 0;
}
