/** Errno names that this package answers with, see {@link CpioError}. */
export type CpioErrorCode = 'EINVAL' | 'EFBIG';

/** What can come with a {@link CpioError}. */
export interface CpioErrorDetails {
  readonly cause?: unknown;
}

/** `EINVAL` a path that is none, or that is there already · `EFBIG` a file that no header can name the size of. */
export class CpioError extends Error {
  override readonly name = 'CpioError';
  readonly code: CpioErrorCode;
  readonly hint: string;

  constructor(code: CpioErrorCode, message: string, hint: string, details: CpioErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.hint = hint;
  }
}
