/** What can go wrong: by the names of errno. */
export type DistributionErrorCode = 'ENOENT' | 'EIO';

/** What a {@link DistributionError} points at. */
export interface DistributionErrorDetails {
  /** The error underneath. */
  readonly cause?: unknown;
}

/** Something cannot be made. */
export class DistributionError extends Error {
  override readonly name = 'DistributionError';
  readonly code: DistributionErrorCode;
  readonly hint: string;

  constructor(code: DistributionErrorCode, message: string, hint: string, details: DistributionErrorDetails = {}) {
    super(message, details);
    this.code = code;
    this.hint = hint;
  }
}
