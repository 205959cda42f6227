/** Errno names that this package answers with, as finer classes of what Linux mostly calls EINVAL. */
export type RelocationErrorCode = 'EINVAL' | 'EADDRNOTAVAIL' | 'ENOMEM' | 'ENOSPC' | 'EBUSY' | 'EALREADY' | 'ENOENT';

/** What `@kexeckit/relocation` throws: what is wrong, where, and what to do. */
export class RelocationError extends Error {
  override readonly name = 'RelocationError';
  readonly code: RelocationErrorCode;
  readonly hint: string;
  /** The address that the complaint is about, where there is one. */
  readonly address: bigint | undefined;

  constructor(code: RelocationErrorCode, message: string, hint: string, address?: bigint) {
    super(`${message}; ${hint}`);
    this.code = code;
    this.hint = hint;
    this.address = address;
  }
}
