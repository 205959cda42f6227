import type { StrategyName } from '@kexeckit/relocation';
import type { RebootInputs } from '../desk/inputs.ts';
import type { RunProgress } from '../features/desk/model.ts';
import type { Failure } from '../features/failure/model.ts';
import type { FigureText } from '../features/figures/model.ts';
import type { Mark } from '../features/map/model/marks.ts';
import type { PlanOnMap } from '../features/map/model/model.ts';
import type { ProofRow } from '../features/proof/model.ts';
import type { TimelineRow } from '../features/timeline/model.ts';

/** What the page asks a worker for. */
export interface RunRequest {
  readonly inputs: RebootInputs;
  /** The strategy that is looked at: it comes first. */
  readonly first: StrategyName;
}

/** Everything that the page draws of one strategy: plain data. */
export interface StrategyResult {
  readonly strategy: StrategyName;
  /** What the plan does with the memory; the marks of the machine come before it. */
  readonly map: PlanOnMap;
  readonly timeline: TimelineRow;
  readonly proof: readonly ProofRow[];
  readonly figures: readonly FigureText[];
}

/**
 * What a worker answers, in this order; a result for each strategy, or why there is none. It ends with `done`, or with `failed`
 * where no strategy could be tried.
 */
export type RunMessage =
  | { readonly type: 'machine'; readonly marks: readonly Mark[] }
  | { readonly type: 'progress'; readonly progress: RunProgress }
  | { readonly type: 'result'; readonly result: StrategyResult }
  | { readonly type: 'refused'; readonly strategy: StrategyName; readonly failure: Failure }
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly failure: Failure };
