/**
 * What went wrong, in the kernel's errno names:
 * `EBADMSG` no device tree magic; `EOPNOTSUPP` a version this package cannot read; `ENODATA` the bytes end before the
 * blob does; `ERANGE` an offset, size or number outside what its place allows; `EINVAL` the structure breaks the
 * specification; `EEXIST` the same name twice; `ENOENT` nothing there; `ENOTUNIQ` a path that fits several nodes.
 */
export type FdtErrorCode =
  | 'EBADMSG'
  | 'EOPNOTSUPP'
  | 'ENODATA'
  | 'ERANGE'
  | 'EINVAL'
  | 'EEXIST'
  | 'ENOENT'
  | 'ENOTUNIQ';

/** What an {@link FdtError} points at. */
export interface FdtErrorDetails {
  /** Byte offset from the start of the blob; left out when the fault is not at a place in a blob. */
  readonly offset?: number | undefined;
  /** The offending value: a number, name or path. */
  readonly value?: unknown;
  /** The error underneath. */
  readonly cause?: unknown;
}

/**
 * The only error of this package. The message says what is wrong and at which byte; the hint says what to do, and is not
 * part of it.
 */
export class FdtError extends Error {
  override readonly name = 'FdtError';
  readonly code: FdtErrorCode;
  /** What to do. */
  readonly hint: string;
  readonly offset: number | undefined;
  readonly value: unknown;

  constructor(code: FdtErrorCode, message: string, hint: string, details: FdtErrorDetails = {}) {
    const place = details.offset === undefined ? '' : ` (at byte 0x${details.offset.toString(16)})`;
    super(`${message}${place}`, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = hint;
    this.offset = details.offset;
    this.value = details.value;
  }
}
