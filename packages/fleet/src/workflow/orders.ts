import { FleetError } from '../error.ts';
import { oneLine } from '../printable.ts';

/** What an operator says to a rollout that runs. */
export type Order =
  | { readonly kind: 'pause'; readonly why: string }
  /** Goes on; with another number of failures that are accepted where one is given. */
  | { readonly kind: 'resume'; readonly failureBudget?: number | undefined }
  | { readonly kind: 'abort'; readonly why: string }
  /** The host passes windows, blockers and pauses. */
  | { readonly kind: 'bypass'; readonly host: string };

/** The orders that hold. */
export interface Orders {
  readonly paused?: string | undefined;
  readonly aborted?: string | undefined;
  /** In the place of the document's, for the rollout and each of its waves. */
  readonly failureBudget?: number | undefined;
  /** The highest that was ever given. */
  readonly highestBudget?: number | undefined;
  readonly bypass: readonly string[];
}

export const noOrders: Orders = { bypass: [] };

/** The orders that hold after one more. An abort is final. */
export function follow(orders: Orders, order: Order): Orders {
  switch (order.kind) {
    case 'pause':
      return { ...orders, paused: order.why };
    case 'resume':
      return { ...orders, paused: undefined, ...budgets(orders, order.failureBudget) };
    case 'abort':
      return { ...orders, aborted: orders.aborted ?? order.why };
    case 'bypass':
      return { ...orders, bypass: [...new Set([...orders.bypass, order.host])] };
    default:
      // Of a later version, or another program's.
      return orders;
  }
}

function budgets({ highestBudget = 0 }: Orders, failureBudget: number | undefined): Partial<Orders> {
  return failureBudget === undefined ? {} : { failureBudget, highestBudget: Math.max(highestBudget, failureBudget) };
}

/** Characters of a reason that are kept. */
const WHY_MOST = 500;

/**
 * An order that can be followed: its reason is one line that acts on no terminal.
 *
 * @throws FleetError EINVAL for a failure budget that is no number of hosts.
 */
export function checkOrder(order: Order): Order {
  if (order.kind === 'pause' || order.kind === 'abort')
    return { kind: order.kind, why: oneLine(order.why, WHY_MOST) || 'no reason was given' };
  if (order.kind === 'resume' && order.failureBudget !== undefined && !isCount(order.failureBudget))
    throw new FleetError('EINVAL', `${order.failureBudget} is no number of hosts`, 'Give a whole number, 0 or more', {
      value: String(order.failureBudget),
    });
  return order;
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
