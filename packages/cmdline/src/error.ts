/** Why a request about a command line was refused, in the kernel's errno names. */
export type CmdlineErrorCode = 'EINVAL';

/** What a {@link CmdlineError} points at. */
export interface CmdlineErrorDetails {
  /** The offending text. */
  readonly value?: string | undefined;
  /** Index of the first offending character in the text that was passed in. */
  readonly start?: number | undefined;
  /** Index after the last offending character. */
  readonly end?: number | undefined;
  /** The error underneath. */
  readonly cause?: unknown;
}

/** The only error of this package. The message says what is wrong; the hint says what to do, and is not part of it. */
export class CmdlineError extends Error {
  override readonly name = 'CmdlineError';
  readonly code: CmdlineErrorCode;
  /** What to write instead. */
  readonly hint: string;
  readonly value: string | undefined;
  readonly start: number | undefined;
  readonly end: number | undefined;

  constructor(code: CmdlineErrorCode, message: string, hint: string, details: CmdlineErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = hint;
    this.value = details.value;
    this.start = details.start;
    this.end = details.end;
  }
}
