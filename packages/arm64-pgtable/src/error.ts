/**
 * What `@kexeckit/arm64-pgtable` throws.
 *
 * `EINVAL` a request that makes no sense (unaligned, overlapping) · `ERANGE` an address beyond what the tables can
 * hold · `ENOMEM` fewer table pages than the mappings take · `ELOOP` tables that reach the same page twice.
 */
export class PageTableError extends Error {
  override readonly name = 'PageTableError';
  readonly code: 'EINVAL' | 'ERANGE' | 'ENOMEM' | 'ELOOP';
  readonly hint: string;

  constructor(code: PageTableError['code'], message: string, hint: string) {
    super(`${message}; ${hint}`);
    this.code = code;
    this.hint = hint;
  }
}
