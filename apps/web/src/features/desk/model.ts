import { type PhaseName, phaseOrder, phases } from '@kexeckit/reboot';
import type { StrategyName } from '@kexeckit/relocation';

/** How far a run is, in phases: those of all strategies one after the other. */
export interface RunProgress {
  readonly strategy: StrategyName;
  readonly phase: PhaseName;
  readonly done: number;
  readonly total: number;
}

/** The progress when a phase of a strategy begins. */
export function progressAt(order: readonly StrategyName[], strategy: StrategyName, phase: PhaseName): RunProgress {
  const before = order.indexOf(strategy) * phaseOrder.length;
  const within = phaseOrder.findIndex(({ name }) => name === phase);
  return { strategy, phase, done: before + within, total: order.length * phaseOrder.length };
}

/** The state of a run. */
export interface RunState {
  readonly running: boolean;
  readonly failed: boolean;
  /** What the results are or were computed from, in words; undefined before the first run. */
  readonly of: string | undefined;
  /** Whether other things lie on the desk than the results are from. */
  readonly changed: boolean;
  readonly progress: RunProgress | undefined;
}

/** What a run does, or what came of it, in words. */
export function stateText({ running, failed, of, changed, progress }: RunState): string {
  if (running) return progress === undefined ? 'starting' : `${progress.strategy}: ${phases[progress.phase].doing}`;
  if (failed) return 'stopped';
  if (of === undefined) return '';
  return changed ? `done: ${of} · press Run for what is on the desk now` : `done: ${of}`;
}
