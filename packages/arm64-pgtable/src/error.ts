/**
 * Errno names of {@link PageTableError}: `EINVAL` a request that makes no sense (unaligned, overlapping); `ERANGE` an
 * address beyond what the tables can hold; `ENOMEM` fewer table pages than the mappings take; `EBUSY` a page that is in use; `ELOOP` tables that reach
 * the same page twice.
 */
export type PageTableErrorCode = 'EINVAL' | 'ERANGE' | 'ENOMEM' | 'EBUSY' | 'ELOOP';

/** What a {@link PageTableError} points at. */
export interface PageTableErrorDetails {
  /** The offending input or output address. */
  readonly address?: bigint | undefined;
  /** Number of the page that holds the offending table, in units of the granule. */
  readonly page?: number | undefined;
  /** The error underneath. */
  readonly cause?: unknown;
}

/** The only error of this package. The message says what is wrong; the hint says what to do, and is not part of it. */
export class PageTableError extends Error {
  override readonly name = 'PageTableError';
  readonly code: PageTableErrorCode;
  /** What to do. */
  readonly hint: string;
  readonly address: bigint | undefined;
  readonly page: number | undefined;

  constructor(code: PageTableErrorCode, message: string, hint: string, details: PageTableErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = hint;
    this.address = details.address;
    this.page = details.page;
  }
}
