/** Errno names of {@link A64Error}: `EINVAL` for a malformed request, `ERANGE` for a value that its field cannot hold. */
export type A64ErrorCode = 'EINVAL' | 'ERANGE';

/** What an {@link A64Error} points at. */
export interface A64ErrorDetails {
  /** The offending operand, name, alignment or origin. */
  readonly value?: unknown;
  /** Byte offset in the program that is assembled, where there is one. */
  readonly offset?: number | undefined;
  /** The label concerned, where there is one. */
  readonly label?: string | undefined;
  /** The error underneath. */
  readonly cause?: unknown;
}

/**
 * The only error of this package: a value that has no encoding, or a name that means nothing. The message says what is
 * wrong; the hint says what to do, and is not part of it.
 */
export class A64Error extends Error {
  override readonly name = 'A64Error';
  readonly code: A64ErrorCode;
  /** What to do. */
  readonly hint: string;
  readonly value: unknown;
  readonly offset: number | undefined;
  readonly label: string | undefined;

  constructor(code: A64ErrorCode, message: string, hint: string, details: A64ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = hint;
    this.value = details.value;
    this.offset = details.offset;
    this.label = details.label;
  }
}
