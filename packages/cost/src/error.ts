import type { EventPrices } from './prices.ts';

/** `EINVAL` a measurement that is not one · `EDOM` too few measurements, or too much alike. */
export type CostFitErrorCode = 'EINVAL' | 'EDOM';

/** What else a `CostFitError` says. */
export interface CostFitErrorDetails {
  /** Where the measurement comes from that cannot be used. */
  readonly source?: string;
  /** The prices that the measurements cannot tell. */
  readonly prices?: readonly (keyof EventPrices)[];
  readonly cause?: unknown;
}

/** What `fitProfile` throws: measurements that cannot tell the prices that are asked of them. */
export class CostFitError extends Error {
  override readonly name = 'CostFitError';
  readonly code: CostFitErrorCode;
  readonly hint: string;
  /** Where the measurement comes from that cannot be used. */
  readonly source: string | undefined;
  /** The prices that the measurements cannot tell. */
  readonly prices: readonly (keyof EventPrices)[];

  constructor(code: CostFitErrorCode, message: string, hint: string, details: CostFitErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.hint = hint;
    this.source = details.source;
    this.prices = details.prices ?? [];
  }
}
