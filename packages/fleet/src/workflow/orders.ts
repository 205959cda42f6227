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
  readonly bypass: readonly string[];
}

export const noOrders: Orders = { bypass: [] };

/** The orders that hold after one more. An abort is final. */
export function follow(orders: Orders, order: Order): Orders {
  switch (order.kind) {
    case 'pause':
      return { ...orders, paused: order.why };
    case 'resume':
      return { ...orders, paused: undefined, failureBudget: order.failureBudget ?? orders.failureBudget };
    case 'abort':
      return { ...orders, aborted: orders.aborted ?? order.why };
    case 'bypass':
      return { ...orders, bypass: [...new Set([...orders.bypass, order.host])] };
  }
}
