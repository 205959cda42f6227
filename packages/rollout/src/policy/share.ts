/** A number of hosts, or a share of them. */
export type Amount = number | string;

const SHARE = /^(\d{1,3})(?:\.(\d{1,4}))?%$/;
/** Ten-thousandths of a percent in a whole. */
const WHOLE = 100 * 10_000;

/** Ten-thousandths of a percent; undefined where it is no share from `0%` to `100%`. */
function partsOf(share: string): number | undefined {
  const [, percents, fraction = ''] = SHARE.exec(share) ?? [];
  if (percents === undefined) return undefined;
  const parts = Number(percents) * 10_000 + Number(fraction.padEnd(4, '0'));
  return parts <= WHOLE ? parts : undefined;
}

/** Whether it is a number of hosts, or a share such as `3%` or `0.5%`. */
export function isAmount(value: unknown): value is Amount {
  if (typeof value === 'string') return partsOf(value) !== undefined;
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/**
 * How many of `hosts` an amount is, exactly: whole hosts, rounded as asked, and never more than there are.
 *
 * @param amount what {@link isAmount} accepts.
 */
export function amountOf(amount: Amount, hosts: number, rounding: 'down' | 'up'): number {
  if (typeof amount === 'number') return Math.min(amount, hosts);
  const exact = (hosts * (partsOf(amount) ?? 0)) / WHOLE;
  return rounding === 'down' ? Math.floor(exact) : Math.ceil(exact);
}
