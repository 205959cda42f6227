/** What can go wrong: by the names of errno. */
export type DistributionErrorCode = 'ENOENT' | 'EIO';

/** Something cannot be made. */
export class DistributionError extends Error {
  override readonly name = 'DistributionError';
  readonly code: DistributionErrorCode;
  readonly hint: string;

  constructor(code: DistributionErrorCode, message: string, hint: string, details: { readonly cause?: unknown } = {}) {
    super(message, details);
    this.code = code;
    this.hint = hint;
  }
}
