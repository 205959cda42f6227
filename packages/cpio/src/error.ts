/** Errno names that this package answers with, see {@link CpioError}. */
export type CpioErrorCode = 'EINVAL' | 'EFBIG';

/** `EINVAL` a path that is none, or that is there already · `EFBIG` a file that no header can name the size of. */
export class CpioError extends Error {
  override readonly name = 'CpioError';
  readonly code: CpioErrorCode;
  readonly hint: string;

  constructor(code: CpioErrorCode, message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}
