/**
 * What `runBareMetal` throws.
 *
 * `EINVAL` memory that does not lie in RAM · `EIO` QEMU ended without the program's doing · `ETIMEDOUT` the program did
 * not end · `ECANCELED` the caller's signal.
 */
export class BareMetalError extends Error {
  override readonly name = 'BareMetalError';
  readonly code: 'EINVAL' | 'EIO' | 'ETIMEDOUT' | 'ECANCELED';
  readonly hint: string;
  /** Everything that the program wrote to the serial port. */
  readonly console: string;

  constructor(code: BareMetalError['code'], message: string, hint: string, console = '', cause?: unknown) {
    super(`${message}; ${hint}`, { cause });
    this.code = code;
    this.hint = hint;
    this.console = console;
  }
}
