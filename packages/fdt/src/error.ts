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

/** Where an error lies and how to get out of it. */
export interface FdtErrorDetails {
  /** What to do about it. */
  hint: string;
  /** Byte offset from the start of the blob; absent when the fault is not at a place in a blob. */
  offset?: number;
  /** The offending value: a number, name or path. */
  value?: unknown;
}

/** The only error this package throws. */
export class FdtError extends Error {
  /** Kind of fault, see {@link FdtErrorCode}. */
  readonly code: FdtErrorCode;
  /** Byte offset from the start of the blob, if the fault has a place there. */
  readonly offset: number | undefined;
  /** The offending value, if there is one. */
  readonly value: unknown;
  /** What to do about it. */
  readonly hint: string;

  constructor(code: FdtErrorCode, message: string, details: FdtErrorDetails) {
    const place = details.offset === undefined ? '' : ` (at byte 0x${details.offset.toString(16)})`;
    super(`${message}${place}. ${details.hint}`);
    this.name = 'FdtError';
    this.code = code;
    this.offset = details.offset;
    this.value = details.value;
    this.hint = details.hint;
  }
}
