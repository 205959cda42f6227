/** `EINVAL` what cannot be shown as asked, `EIO` a worker that ended by itself, a host that does not answer; whatever code a host refuses with. */
export class LabError extends Error {
  override readonly name = 'LabError';
  readonly code: string;
  readonly hint: string;

  constructor(code: string, message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}
