import type { Step } from '@kexeckit/reboot';
import type { ExceptionLevel, StrategyName } from '@kexeckit/relocation';
import type { Failure } from './model/failure.ts';
import type { MapView, StrategyResult } from './model/result.ts';

/** What the page asks the worker for. */
export interface LabRequest {
  readonly exceptionLevel: ExceptionLevel;
  readonly seed: number;
  /** The strategy that is looked at: it comes first. */
  readonly first: StrategyName;
}

/** What the worker answers, in this order; it ends with `done` or `failed`. */
export type LabMessage =
  | { readonly type: 'machine'; readonly view: MapView }
  | { readonly type: 'progress'; readonly progress: LabProgress }
  | { readonly type: 'result'; readonly result: StrategyResult }
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly failure: Failure };

/** How far the work is: steps of all strategies that are behind it. */
export interface LabProgress {
  readonly strategy: StrategyName;
  readonly step: Step;
  readonly done: number;
  readonly total: number;
}
