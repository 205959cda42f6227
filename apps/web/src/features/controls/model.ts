import { type PhaseName, phaseOrder, phases } from '@kexeckit/reboot';
import type { ExceptionLevel, StrategyName } from '@kexeckit/relocation';

/** A file that somebody chose. */
export interface ChosenFile {
  readonly name: string;
  readonly text: string;
}

/** What a run starts from. */
export interface RunWishes {
  readonly exceptionLevel: ExceptionLevel;
  /** Where the old kernel's pages lie; NaN where none was given. */
  readonly seed: number;
  /** /proc/iomem of another machine. */
  readonly map?: ChosenFile | undefined;
  /** What the machine takes, as `kexeckit timeline --fit` has written it. */
  readonly profile?: ChosenFile | undefined;
}

/** The wishes that the page starts with. */
export const defaultWishes: RunWishes = { exceptionLevel: 2, seed: 1 };

/** The levels that a machine can be at. */
export const exceptionLevels: readonly ExceptionLevel[] = [1, 2];

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
  /** What the results were or are computed from. */
  readonly wishes: RunWishes | undefined;
  readonly running: boolean;
  readonly failed: boolean;
  readonly progress: RunProgress | undefined;
}

/** Whether a run of these wishes would give something else. */
export function isChanged({ wishes }: RunState, { exceptionLevel, seed, map, profile }: RunWishes): boolean {
  return (
    wishes?.exceptionLevel !== exceptionLevel ||
    !Object.is(wishes.seed, seed) ||
    wishes.map?.text !== map?.text ||
    wishes.profile?.text !== profile?.text
  );
}

/** What a run does now, in words. */
export function doingText({ progress }: RunState): string {
  return progress === undefined ? 'starting' : `${progress.strategy}: ${phases[progress.phase].doing}`;
}

/** What came of a run, in words. */
export function endedText({ wishes, failed }: RunState, changed: boolean): string {
  if (failed) return 'stopped';
  const done = wishes === undefined ? '' : `done: EL${wishes.exceptionLevel}, seed ${wishes.seed}`;
  return changed ? `${done} · press Run for the new values` : done;
}

/** NaN where there is no number: the plan refuses it in words. */
export const seedOf = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text));

/** A seed as it is typed. */
export const seedText = (seed: number): string => (Number.isNaN(seed) ? '' : String(seed));
