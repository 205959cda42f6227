import { BootImageError } from '../error.ts';

/** What helps against files that are damaged or cut short. */
export const AGAIN = 'copy or download the file again';

/** The error for compressed data that ends before it is complete. */
export function endsEarly(name: string, offset: number, cause?: unknown): BootImageError {
  return new BootImageError('ENODATA', `the ${name} data ends too early`, AGAIN, { offset, cause });
}

/** The error for compressed data that is not valid, or does not fit its checksum or length. */
export function damaged(message: string, details: { offset?: number; cause?: unknown } = {}): BootImageError {
  return new BootImageError('EBADMSG', message, AGAIN, details);
}
