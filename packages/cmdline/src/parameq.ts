import { DASH, UNDERSCORE } from './characters.ts';

function folded(text: string, at: number): number {
  const c = at < text.length ? text.charCodeAt(at) : 0;
  return c === DASH ? UNDERSCORE : c;
}

/** Compares the first `n` characters of two parameter names; `-` equals `_`, and the end of a name counts as NUL. */
export function parameqn(a: string, b: string, n: number): boolean {
  for (let i = 0; i < n; i++) {
    const c = folded(a, i);
    if (c !== folded(b, i)) return false;
    if (c === 0) return true;
  }
  return true;
}

/** True if two parameter names are the same to the kernel: `-` and `_` are one character. */
export function parameq(a: string, b: string): boolean {
  return parameqn(a, b, Math.max(a.length, b.length) + 1);
}

/** The same text for all names that are one to the kernel. */
export function nameKey(name: string): string {
  return name.replaceAll('-', '_');
}
