import type { HostPhase, HostResult, Outcome } from './outcome.ts';

/** Whether reboots may begin: why not, where they may not. */
export type Gate =
  | { readonly state: 'open' }
  | { readonly state: 'paused' | 'blocked' | 'spent' | 'aborted'; readonly why: string };

/** Where a host stands. */
export type HostState =
  | { readonly host: string; readonly wave: string; readonly state: 'waiting' }
  | {
      readonly host: string;
      readonly wave: string;
      readonly state: 'running';
      readonly phase: HostPhase;
      readonly since: number;
    }
  | { readonly host: string; readonly wave: string; readonly state: 'ended'; readonly result: HostResult };

/** A rollout as it stands, as `kexeckit fleet status --json` prints it and the lab draws it. */
export interface RolloutStatus {
  readonly format: 'kexeckit-rollout-status/1';
  readonly id: string;
  /** `stopped`: its budget was spent, or it was aborted. */
  readonly state: 'running' | 'finished' | 'stopped';
  readonly gate: Gate;
  /** Milliseconds since 1970, of the rollout's clock. */
  readonly now: number;
  readonly started: number;
  readonly ended?: number | undefined;
  /** As many failures are accepted. */
  readonly failureBudget: number;
  /** As many were, at most, by an operator's orders. */
  readonly highestBudget?: number | undefined;
  readonly waves: readonly {
    readonly name: string;
    readonly state: 'waiting' | 'running' | 'soaking' | 'ended';
    readonly hosts: number;
  }[];
  /** How many hosts ended in each way; those that wait or run are not in it. */
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Every host of the rollout, in the order of its document. */
  readonly hosts: readonly HostState[];
}
