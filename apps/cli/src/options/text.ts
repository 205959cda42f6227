import { UsageError } from '../error.ts';

/**
 * The text of a file, which is UTF-8, with or without a mark before it.
 *
 * @param what how the command line calls it.
 * @throws UsageError for UTF-16, as PowerShell writes what it redirects: read as UTF-8, it would be refused for something else.
 */
export function textOf(bytes: Uint8Array, what: string): string {
  refuseUtf16(bytes, what);
  return new TextDecoder().decode(bytes);
}

/** Refuses a file of the other encoding, by the mark before it. @throws UsageError */
export function refuseUtf16(bytes: Uint8Array, what: string): void {
  const mark = (bytes[0] ?? 0) * 256 + (bytes[1] ?? 0);
  if (mark === 0xfffe || mark === 0xfeff) throw new UsageError('EINVAL', `${what} is UTF-16`, 'save it as UTF-8');
}
