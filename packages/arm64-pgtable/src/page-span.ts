/** Page numbers from `from` up to `to`, which is the first one behind them. */
export interface PageSpan {
  readonly from: number;
  readonly to: number;
}

/** Addresses from `start` to `end`, both included, as in the kernel's struct resource. */
export interface AddressRange {
  readonly start: bigint;
  readonly end: bigint;
}
