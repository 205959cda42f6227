import { DASH, DIGIT_0 } from './characters.ts';
import { defaultKernel, type KernelVersion, saturates } from './kernel.ts';

/** A parsed number and how many characters of the text it took (0 = nothing there). */
export interface ParsedNumber {
  /** Unsigned 64-bit value. */
  value: bigint;
  /** Characters read from the start of the text. */
  consumed: number;
}

/** 2^64 - 1: where numbers saturate or wrap. */
export const MAX_U64 = 0xffff_ffff_ffff_ffffn;
/** The largest number without any of the upper four bits. */
const NEAR_OVERFLOW = 0x0fff_ffff_ffff_ffffn;
/** Below this a digit can be added in double precision without losing a bit. */
const SAFE = 2 ** 48;

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

/** A 64-bit number as cheap as it can be: a double where that is exact, else a bigint. The two compare exactly. */
export type Scanned = number | bigint;

/** What the scanner read last. One place, reused: a line holds many numbers, and none of them should allocate. */
const scan: { next: number; value: Scanned; overflow: boolean } = { next: 0, value: 0, overflow: false };

function scanDigits(text: string, from: number, base: number): void {
  if (base > 16) {
    scanWideDigits(text, from, BigInt(base));
    return;
  }
  let at = from;
  let value = 0;
  if (base === 10) {
    // Nearly every number is short and decimal.
    for (let d = text.charCodeAt(at) - DIGIT_0; d >= 0 && d <= 9 && value < SAFE; d = text.charCodeAt(++at) - DIGIT_0) {
      value = value * 10 + d;
    }
  }
  let digit = digitAt(text, at);
  while (digit < base && value < SAFE) {
    value = value * base + digit;
    digit = digitAt(text, ++at);
  }
  scan.value = value;
  scan.overflow = false;
  scan.next = digit < base ? scanBigDigits(text, at, base) : at;
}

/** Goes on where a double ends; linear in the text because the value is kept to 64 bits. */
function scanBigDigits(text: string, from: number, base: number): number {
  let at = from;
  let value = BigInt(scan.value);
  const radix = BigInt(base);
  for (let digit = digitAt(text, at); digit < base; digit = digitAt(text, ++at)) {
    value = value * radix + BigInt(digit);
    if (value > MAX_U64) {
      scan.overflow = true;
      value &= MAX_U64;
    }
  }
  scan.value = value;
  return at;
}

/** The digits of a base above 16: 0-9 and a-f, worth what the base says. */
function scanWideDigits(text: string, from: number, radix: bigint): void {
  let at = from;
  let value = 0n;
  scan.overflow = false;
  for (let digit = digitAt(text, at); digit < 16; digit = digitAt(text, ++at)) {
    const exact = value * radix + BigInt(digit);
    // Linux looks for an overflow only where one of the upper four bits is set, which is enough up to base 16.
    if (value > NEAR_OVERFLOW && exact > MAX_U64) scan.overflow = true;
    value = exact & MAX_U64;
  }
  scan.value = value;
  scan.next = at;
}

function saturate(saturating: boolean): void {
  if (saturating && scan.overflow) scan.value = MAX_U64;
}

/** What a suffix letter multiplies by, 0 if it is not one: K M G T P E in either case. */
function suffixFactor(code: number): number {
  switch (code | LOWER) {
    case 0x6b:
      return 2 ** 10;
    case 0x6d:
      return 2 ** 20;
    case 0x67:
      return 2 ** 30;
    case 0x74:
      return 2 ** 40;
    case 0x70:
      return 2 ** 50;
    case 0x65:
      return 2 ** 60;
    default:
      return 0;
  }
}

function multiply(factor: number, saturating: boolean): void {
  const { value } = scan;
  if (typeof value === 'number' && value * factor <= Number.MAX_SAFE_INTEGER) {
    scan.value = value * factor;
    return;
  }
  const wide = BigInt(value) * BigInt(factor);
  scan.value = wide <= MAX_U64 ? wide : saturating ? MAX_U64 : wide & MAX_U64;
}

/** As {@link memparse}, leaving the value for {@link scannedValue}: returns the number of characters read. */
export function scanSize(text: string, kernel: KernelVersion, at: number): number {
  const saturating = saturates(kernel);
  const base = guessBase(text, at);
  const from = base === 16 ? at + 2 : at;
  scanDigits(text, from, base);
  if (scan.next === from && saturating) return 0;
  saturate(saturating);
  const factor = suffixFactor(text.charCodeAt(scan.next));
  if (factor === 0) return scan.next - at;
  multiply(factor, saturating);
  return scan.next + 1 - at;
}

/** The number that the last scan read. */
export function scannedValue(): Scanned {
  return scan.value;
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
  const consumed = scanSize(text, kernel, at);
  return { value: BigInt(scan.value), consumed };
}

/**
 * Reads digits in a base (0 = by prefix, as C does). Base 16 skips `0x` even when no hex digit follows; bases above 16
 * know only 0-9 and a-f.
 */
export function simpleStrtoull(text: string, base = 0, kernel: KernelVersion = defaultKernel, at = 0): ParsedNumber {
  const real = base === 0 ? guessBase(text, at) : base;
  const from = real === 16 && hasHexPrefix(text, at) ? at + 2 : at;
  scanDigits(text, from, real);
  saturate(saturates(kernel));
  return { value: BigInt(scan.value), consumed: scan.next - at };
}

/** As {@link simpleStrtoull} with one leading `-` accepted (never `+`); the value is a signed 64-bit one. */
export function simpleStrtol(text: string, base = 0, kernel: KernelVersion = defaultKernel, at = 0): ParsedNumber {
  const negative = text.charCodeAt(at) === DASH;
  const { value, consumed } = simpleStrtoull(text, base, kernel, negative ? at + 1 : at);
  if (!negative) return { value: BigInt.asIntN(64, value), consumed };
  return { value: BigInt.asIntN(64, -value), consumed: consumed + 1 };
}
