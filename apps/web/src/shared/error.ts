/** Errno names of the page's own errors, see {@link LabError}. */
type LabErrorCode = 'EINVAL' | 'EIO';

/** `EINVAL` what cannot be shown as asked, `EIO` a worker that ended by itself, a host that does not answer. */
export class LabError extends Error {
  override readonly name = 'LabError';
  readonly code: LabErrorCode;
  readonly hint: string;

  constructor(code: LabErrorCode, message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}
