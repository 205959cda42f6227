import type { PriceName } from './price-name.ts';

/** `EINVAL` input that is not what it should be · `EDOM` a price that is asked for and that nobody knows. */
export type CostErrorCode = 'EINVAL' | 'EDOM';

/** What else a `CostError` says. */
export interface CostErrorDetails {
  /** Where the measurement comes from that cannot be used. */
  readonly source?: string;
  /** The prices that it is about. */
  readonly prices?: readonly PriceName[];
  readonly cause?: unknown;
}

/** What this package throws: measurements, counts or profiles that cannot be what they say. */
export class CostError extends Error {
  override readonly name = 'CostError';
  readonly code: CostErrorCode;
  readonly hint: string;
  /** Where the measurement comes from that cannot be used. */
  readonly source: string | undefined;
  /** The prices that it is about. */
  readonly prices: readonly PriceName[];

  constructor(code: CostErrorCode, message: string, hint: string, details: CostErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.hint = hint;
    this.source = details.source;
    this.prices = details.prices ?? [];
  }
}
