import type { Gate } from '@kexeckit/rollout';
import type { Passage } from '../steps/host-run.ts';
import type { Orders } from './orders.ts';

/** What the gate looks at, at the moment of a host's commit. */
export interface GateFacts {
  readonly orders: Orders;
  /** Why the rollout's own workflow has ended before its end. */
  readonly brokenOff?: string | undefined;
  /** Hosts of the rollout that failed or were lost, and how many are accepted. */
  readonly failures: Spending;
  /** The same of the host's wave. */
  readonly waveFailures: Spending;
  /** Why a blocker holds all reboots. */
  readonly blocked?: string | undefined;
  readonly isInWindow: boolean;
}

/** Failures, and those that are accepted. */
export interface Spending {
  readonly seen: number;
  readonly budget: number;
}

/** The gate of a rollout, whatever host asks. */
export function gateOf({ orders, brokenOff, failures, waveFailures, blocked }: Omit<GateFacts, 'isInWindow'>): Gate {
  const aborted = orders.aborted ?? brokenOff;
  if (aborted !== undefined) return { state: 'aborted', why: aborted };
  const spent = [failures, waveFailures].find(({ seen, budget }) => seen > budget);
  if (spent !== undefined) return { state: 'spent', why: `${spent.seen} hosts failed, ${spent.budget} are accepted` };
  if (orders.paused !== undefined) return { state: 'paused', why: orders.paused };
  if (blocked !== undefined) return { state: 'blocked', why: blocked };
  return { state: 'open' };
}

/** Whether one host may pass. A bypass passes windows, blockers and pauses, and nothing else. */
export function passageOf(facts: GateFacts, host: string): Passage {
  const gate = gateOf(facts);
  if (gate.state === 'aborted' || gate.state === 'spent') return { kind: 'release', to: 'undone', why: gate.why };
  if (facts.orders.bypass.includes(host)) return { kind: 'open' };
  const isOpen = gate.state === 'open';
  if (!facts.isInWindow) return { kind: 'release', to: 'deferred', why: 'its window is closed', isHeld: !isOpen };
  return isOpen ? { kind: 'open' } : { kind: 'wait', why: gate.why };
}
