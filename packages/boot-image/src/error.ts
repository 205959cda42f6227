/**
 * What went wrong, in the kernel's errno names:
 * `ENOEXEC` not something an arm64 kernel can be got from; `EOPNOTSUPP` a compression this package cannot undo;
 * `ENODATA` the file ends too early; `EBADMSG` its contents are damaged; `EFBIG` it unpacks to more than the limit;
 * `EINVAL` fields that contradict each other or the format; `ERANGE` a number that does not fit its field.
 */
export type BootImageErrorCode = 'ENOEXEC' | 'EOPNOTSUPP' | 'ENODATA' | 'EBADMSG' | 'EFBIG' | 'EINVAL' | 'ERANGE';

/** Where an error lies and how to get out of it. */
export interface BootImageErrorDetails {
  /** What to do about it. */
  hint: string;
  /** Byte offset in the file (or, inside a container, in what was unpacked so far), if the fault has a place. */
  offset?: number;
  /** The offending value. */
  value?: unknown;
  /** The error of the library underneath. */
  cause?: unknown;
}

/** The only error this package throws. */
export class BootImageError extends Error {
  /** Kind of fault, see {@link BootImageErrorCode}. */
  readonly code: BootImageErrorCode;
  /** Byte offset of the fault, if it has a place. */
  readonly offset: number | undefined;
  /** The offending value, if there is one. */
  readonly value: unknown;
  /** What to do about it. */
  readonly hint: string;

  constructor(code: BootImageErrorCode, message: string, details: BootImageErrorDetails) {
    const place = details.offset === undefined ? '' : ` (at byte 0x${details.offset.toString(16)})`;
    super(`${message}${place}. ${details.hint}`, details.cause === undefined ? {} : { cause: details.cause });
    this.name = 'BootImageError';
    this.code = code;
    this.offset = details.offset;
    this.value = details.value;
    this.hint = details.hint;
  }
}
