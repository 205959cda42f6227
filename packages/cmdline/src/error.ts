/** Why a request about a command line was refused, in the kernel's errno names. */
export type CmdlineErrorCode = 'EINVAL' | 'ENOENT' | 'ENOSPC';

/** What went wrong, where, and what to do about it. */
export interface CmdlineErrorDetails {
  /** Errno name of the fault. */
  code: CmdlineErrorCode;
  /** The offending text. */
  value: string;
  /** Index of the first offending character in the text that was passed in. */
  start: number;
  /** Index after the last offending character. */
  end: number;
  /** What to write instead. */
  hint: string;
}

/** The one error of this package: every refusal carries its code, the offending text, its position and advice. */
export class CmdlineError extends Error {
  override readonly name = 'CmdlineError';
  readonly code: CmdlineErrorCode;
  readonly value: string;
  readonly start: number;
  readonly end: number;
  readonly hint: string;

  constructor(message: string, details: CmdlineErrorDetails) {
    super(`${message} (${details.hint})`);
    this.code = details.code;
    this.value = details.value;
    this.start = details.start;
    this.end = details.end;
    this.hint = details.hint;
  }
}
