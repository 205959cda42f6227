import { defaultKernel, type KernelVersion, saturates } from './kernel.ts';

/** A parsed number and how many characters of the text it took (0 = nothing there). */
export interface ParsedNumber {
  /** Unsigned 64-bit value. */
  value: bigint;
  /** Characters read from the start of the text. */
  consumed: number;
}

const MAX = 0xffff_ffff_ffff_ffffn;
/** Below this a digit can be added in double precision without losing a bit. */
const SAFE = 2 ** 48;

const DIGIT_0 = 0x30;
const LETTER_X = 0x78;
const LOWER = 0x20;
const NOT_A_DIGIT = 99;

function digitAt(text: string, at: number): number {
  const c = text.charCodeAt(at);
  if (c >= DIGIT_0 && c <= 0x39) return c - DIGIT_0;
  const lower = c | LOWER;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : NOT_A_DIGIT;
}

function hasHexPrefix(text: string, at: number): boolean {
  return text.charCodeAt(at) === DIGIT_0 && (text.charCodeAt(at + 1) | LOWER) === LETTER_X;
}

/** Base by the kernel's rule for base 0: `0x` before a hex digit is 16, a leading `0` is 8, else 10. */
function guessBase(text: string, at: number): number {
  if (text.charCodeAt(at) !== DIGIT_0) return 10;
  return hasHexPrefix(text, at) && digitAt(text, at + 2) < 16 ? 16 : 8;
}

/** Where the scanner stopped and what it read: `big` only where a double would lose bits. */
interface Scan {
  next: number;
  small: number;
  big: bigint;
  overflow: boolean;
}

/** One scanner result, reused: numbers are parsed many times a line and must not allocate. */
const scan: Scan = { next: 0, small: 0, big: 0n, overflow: false };

function scanDigits(text: string, from: number, base: number): void {
  let at = from;
  let value = 0;
  let digit = digitAt(text, at);
  while (digit < base && value < SAFE) {
    value = value * base + digit;
    digit = digitAt(text, ++at);
  }
  scan.small = value;
  scan.overflow = false;
  scan.big = 0n;
  if (digit < base) at = scanBigDigits(text, at, base);
  scan.next = at;
}

/** Goes on where a double ends; linear in the text because the value is kept to 64 bits. */
function scanBigDigits(text: string, from: number, base: number): number {
  let at = from;
  let value = BigInt(scan.small);
  const radix = BigInt(base);
  for (let digit = digitAt(text, at); digit < base; digit = digitAt(text, ++at)) {
    value = value * radix + BigInt(digit);
    if (value > MAX) {
      scan.overflow = true;
      value &= MAX;
    }
  }
  scan.small = -1;
  scan.big = value;
  return at;
}

function scannedValue(saturating: boolean): bigint {
  if (scan.small >= 0) return BigInt(scan.small);
  return saturating && scan.overflow ? MAX : scan.big;
}

/** Bits that a suffix letter shifts by, 0 if it is none: K M G T P E in either case. */
function suffixShift(code: number): number {
  switch (code | LOWER) {
    case 0x6b:
      return 10;
    case 0x6d:
      return 20;
    case 0x67:
      return 30;
    case 0x74:
      return 40;
    case 0x70:
      return 50;
    case 0x65:
      return 60;
    default:
      return 0;
  }
}

function shifted(shift: number, saturating: boolean): bigint {
  if (scan.small >= 0 && shift <= 30 && scan.small <= 0x7f_ffff) return BigInt(scan.small * 2 ** shift);
  const wide = scannedValue(saturating) << BigInt(shift);
  if (wide <= MAX) return wide;
  return saturating ? MAX : wide & MAX;
}

/**
 * Reads a size as the kernel does: digits in C notation (`0x…`, leading `0` = octal), then at most one of K M G T P E.
 * No sign and no leading blank is accepted; what does not fit saturates at 2^64-1 (older kernels wrap).
 *
 * @param text Text that should start with a number.
 * @param kernel Whose overflow rule to follow; 7.3 by default.
 * @param at Where in the text to start; `consumed` counts from here.
 */
export function memparse(text: string, kernel: KernelVersion = defaultKernel, at = 0): ParsedNumber {
  const saturating = saturates(kernel);
  const base = guessBase(text, at);
  const from = base === 16 ? at + 2 : at;
  scanDigits(text, from, base);
  const empty = scan.next === from;
  if (empty && saturating) return { value: 0n, consumed: 0 };
  const shift = suffixShift(text.charCodeAt(scan.next));
  if (shift === 0) return { value: scannedValue(saturating), consumed: scan.next - at };
  return { value: shifted(shift, saturating), consumed: scan.next + 1 - at };
}

/**
 * Reads digits in a base (0 = by prefix, as C does). Base 16 skips `0x` even when no hex digit follows; bases above 16
 * know only 0-9 and a-f.
 */
export function simpleStrtoull(text: string, base = 0, kernel: KernelVersion = defaultKernel, at = 0): ParsedNumber {
  const real = base === 0 ? guessBase(text, at) : base;
  const from = real === 16 && hasHexPrefix(text, at) ? at + 2 : at;
  scanDigits(text, from, Math.min(real, 16));
  return { value: scannedValue(saturates(kernel)), consumed: scan.next - at };
}

/** As {@link simpleStrtoull} with one leading `-` accepted (never `+`); the value is a signed 64-bit one. */
export function simpleStrtol(text: string, base = 0, kernel: KernelVersion = defaultKernel, at = 0): ParsedNumber {
  const negative = text.charCodeAt(at) === 0x2d;
  const { value, consumed } = simpleStrtoull(text, base, kernel, negative ? at + 1 : at);
  if (!negative) return { value: BigInt.asIntN(64, value), consumed };
  return { value: BigInt.asIntN(64, -value), consumed: consumed + 1 };
}
