/**
 * What went wrong, in the kernel's errno names:
 * `ENOEXEC` a file without an arm64 kernel; `EOPNOTSUPP` a compression this package cannot undo;
 * `ENODATA` the file ends too early; `EBADMSG` its contents are damaged; `EFBIG` it unpacks to more than the limit;
 * `EINVAL` fields that contradict each other or the format; `ERANGE` a number that does not fit its field.
 */
export type BootImageErrorCode = 'ENOEXEC' | 'EOPNOTSUPP' | 'ENODATA' | 'EBADMSG' | 'EFBIG' | 'EINVAL' | 'ERANGE';

/** What a {@link BootImageError} points at. */
export interface BootImageErrorDetails {
  /** Byte offset in the file (or, inside a container, in what was unpacked so far), if the fault has a place. */
  readonly offset?: number | undefined;
  /** The offending value. */
  readonly value?: unknown;
  /** The error of the library underneath. */
  readonly cause?: unknown;
}

/**
 * The only error of this package. The message says what is wrong and at which byte; the hint says what to do, and is not
 * part of it.
 */
export class BootImageError extends Error {
  override readonly name = 'BootImageError';
  readonly code: BootImageErrorCode;
  /** What to do. */
  readonly hint: string;
  readonly offset: number | undefined;
  readonly value: unknown;

  constructor(code: BootImageErrorCode, message: string, hint: string, details: BootImageErrorDetails = {}) {
    const place = details.offset === undefined ? '' : ` (at byte 0x${details.offset.toString(16)})`;
    super(`${message}${place}`, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = hint;
    this.offset = details.offset;
    this.value = details.value;
  }
}
