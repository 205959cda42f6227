import type { Proof } from '@kexeckit/relocation';
import type { PhaseName } from './phases.ts';
import type { RebootPlan } from './plan/plan.ts';
import type { RehearsalReport } from './rehearsal/report.ts';

/** What is counted while a phase makes progress. */
export type ProgressUnit = 'instructions' | 'bytes' | 'pages';

/** What a reboot reports while it happens. */
export type RebootEvent =
  /** A phase begins. */
  | { readonly type: 'phase'; readonly phase: PhaseName }
  | {
      readonly type: 'progress';
      readonly phase: PhaseName;
      readonly done: number;
      /** The most that it can take. */
      readonly total: number;
      readonly unit: ProgressUnit;
    }
  /** Text of the machine's console, in pieces as they come. */
  | { readonly type: 'console'; readonly text: string }
  | { readonly type: 'planned'; readonly plan: RebootPlan }
  | { readonly type: 'proved'; readonly proof: Proof }
  | { readonly type: 'rehearsed'; readonly report: RehearsalReport }
  /** The point of no return has been passed. */
  | { readonly type: 'committed' };

/** How work is watched and stopped. */
export interface Watch {
  readonly onEvent?: (event: RebootEvent) => void;
  /** Cancels; what can be undone is. */
  readonly signal?: AbortSignal;
}
