/** Errno names that this package answers with, see {@link QemuError}. */
export type QemuErrorCode = 'EINVAL' | 'EIO' | 'ENOENT' | 'ENOTCONN' | 'EPROTO' | 'ETIMEDOUT' | 'ECANCELED';

/** What can come with a {@link QemuError}. */
export interface QemuErrorDetails {
  /** Everything that a program wrote to the serial port. */
  readonly console?: string;
  readonly cause?: unknown;
}

/**
 * What bare-metal runs, the control client and the debug client throw. (The machine throws `RebootError`.)
 *
 * `EINVAL` memory that does not lie in RAM, a command that QEMU refuses · `EIO` QEMU ended without the program's doing, or
 * the disk is full · `ENOENT` no such register · `ENOTCONN` the connection is gone · `EPROTO` an answer that makes no
 * sense · `ETIMEDOUT` the program did not end · `ECANCELED` the caller's signal.
 */
export class QemuError extends Error {
  override readonly name = 'QemuError';
  readonly code: QemuErrorCode;
  readonly hint: string;
  readonly console: string;

  constructor(code: QemuErrorCode, message: string, hint: string, details: QemuErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.hint = hint;
    this.console = details.console ?? '';
  }
}
