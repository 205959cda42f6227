import type { StrategyName } from '@kexeckit/relocation';
import { type Accessor, batch, createSignal } from 'solid-js';
import type { RunProgress, RunWishes } from '../features/controls/model.ts';
import type { Failure } from '../features/failure/model.ts';
import type { MapView } from '../features/memory-map/model/view.ts';
import { firstChoice } from '../features/strategies/model.ts';
import { type Run, startRun } from '../worker/client.ts';
import type { RunMessage, StrategyResult } from '../worker/protocol.ts';

/** Results by strategy, as far as they are there. */
export type Results = Readonly<Partial<Record<StrategyName, StrategyResult>>>;

/** The lab's state, and how to start it. It outlives the pages that show it. */
export interface Lab {
  /** The strategy that is looked at. */
  readonly strategy: Accessor<StrategyName>;
  readonly select: (strategy: StrategyName) => void;
  /** The map of the machine alone. */
  readonly machine: Accessor<MapView | undefined>;
  readonly results: Accessor<Results>;
  /** What the results were or are computed from. */
  readonly wishes: Accessor<RunWishes | undefined>;
  readonly running: Accessor<boolean>;
  readonly progress: Accessor<RunProgress | undefined>;
  readonly failure: Accessor<Failure | undefined>;
  /** Starts over; a run that is under way is cancelled. */
  readonly run: (wishes: RunWishes) => void;
  readonly stop: () => void;
}

/** The state of one lab: at most one run at a time. */
export function createLab(): Lab {
  const [strategy, select] = createSignal<StrategyName>(firstChoice);
  const [machine, setMachine] = createSignal<MapView>();
  const [results, setResults] = createSignal<Results>({});
  const [wishes, setWishes] = createSignal<RunWishes>();
  const [running, setRunning] = createSignal(false);
  const [progress, setProgress] = createSignal<RunProgress>();
  const [failure, setFailure] = createSignal<Failure>();
  let current: Run | undefined;

  const stop = (): void => {
    current?.cancel();
    setRunning(false);
  };
  const receive = (message: RunMessage): void => {
    switch (message.type) {
      case 'machine':
        setMachine(message.map);
        break;
      case 'progress':
        setProgress(message.progress);
        break;
      case 'result':
        setResults({ ...results(), [message.result.strategy]: message.result });
        break;
      case 'done':
        setRunning(false);
        break;
      case 'failed':
        setRunning(false);
        setFailure(message.failure);
        break;
    }
  };
  const run = (next: RunWishes): void => {
    stop();
    batch(() => {
      setResults({});
      setWishes(next);
      setProgress(undefined);
      setFailure(undefined);
      setRunning(true);
    });
    current = startRun({ type: 'run', wishes: next, first: strategy() }, (message) => batch(() => receive(message)));
  };
  return { strategy, select, machine, results, wishes, running, progress, failure, run, stop };
}
