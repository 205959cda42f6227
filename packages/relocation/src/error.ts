/** Errno names that this package answers with, as finer classes of what Linux mostly calls EINVAL. */
export type RelocationErrorCode = 'EINVAL' | 'EADDRNOTAVAIL' | 'ENOMEM' | 'ENOSPC' | 'EBUSY' | 'EALREADY' | 'ENOENT';

/** What else is known of an error. */
export interface RelocationErrorDetails {
  /** The physical address that the complaint is about. */
  readonly address?: bigint | undefined;
  /** What led to it. */
  readonly cause?: unknown;
}

/** What `@kexeckit/relocation` throws: the message says what is wrong and where, the hint what to do. */
export class RelocationError extends Error {
  override readonly name = 'RelocationError';
  readonly code: RelocationErrorCode;
  readonly hint: string;
  /** The address that the complaint is about, where there is one. */
  readonly address: bigint | undefined;

  constructor(code: RelocationErrorCode, message: string, hint: string, details: RelocationErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : {});
    this.code = code;
    this.hint = hint;
    this.address = details.address;
  }
}
