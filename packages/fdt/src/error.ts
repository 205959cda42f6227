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
  /** The file of DTS text, as the caller or an include names it. */
  readonly file?: string | undefined;
  /** The line in DTS text, from 1 on. */
  readonly line?: number | undefined;
  /** The column in that line, from 1 on. */
  readonly column?: number | undefined;
  /** The offending value: a number, name or path. */
  readonly value?: unknown;
  /** The error underneath. */
  readonly cause?: unknown;
}

/**
 * The only error of this package. The message says what is wrong and at which byte or line; the hint says what to do, and is not
 * part of it.
 */
export class FdtError extends Error {
  override readonly name = 'FdtError';
  readonly code: FdtErrorCode;
  /** What to do. */
  readonly hint: string;
  readonly offset: number | undefined;
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly value: unknown;

  constructor(code: FdtErrorCode, message: string, hint: string, details: FdtErrorDetails = {}) {
    super(`${message}${placeOf(details)}`, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = hint;
    this.offset = details.offset;
    this.file = details.file;
    this.line = details.line;
    this.column = details.column;
    this.value = details.value;
  }
}

function placeOf({ offset, file, line, column }: FdtErrorDetails): string {
  if (offset !== undefined) return ` (at byte 0x${offset.toString(16)})`;
  return line === undefined ? '' : ` (${file}:${line}:${column})`;
}
