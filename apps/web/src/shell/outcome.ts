import type { StrategyName } from '@kexeckit/relocation';
import { type Accessor, batch, createSignal } from 'solid-js';
import type { RunProgress } from '../features/desk/model.ts';
import type { Failure } from '../features/failure/model.ts';
import type { Mark } from '../features/map/model/marks.ts';
import type { RunMessage, StrategyResult } from '../worker/protocol.ts';

/** Results by strategy, as far as they are there. */
type Results = Readonly<Partial<Record<StrategyName, StrategyResult>>>;

/** Why a strategy has none. */
type Refusals = Readonly<Partial<Record<StrategyName, Failure>>>;

/** What is shown of runs: of the last one, and of the one before it where there is nothing newer yet. */
export interface Shown {
  /** What the machine alone has on its map. */
  readonly machine: Accessor<readonly Mark[] | undefined>;
  readonly results: Accessor<Results>;
  readonly refusals: Accessor<Refusals>;
  /** Whether what is shown of a strategy, or why there is nothing to show, is of the run before. */
  readonly isStale: (strategy: StrategyName) => boolean;
  readonly failure: Accessor<Failure | undefined>;
}

/** What is shown of runs, and how a run changes it. */
interface Outcome extends Shown {
  readonly running: Accessor<boolean>;
  readonly progress: Accessor<RunProgress | undefined>;
  readonly begin: () => void;
  readonly receive: (message: RunMessage) => void;
  readonly end: () => void;
}

/** Nothing yet. */
export function createOutcome(): Outcome {
  const [machine, setMachine] = createSignal<readonly Mark[]>();
  const [results, setResults] = createSignal<Results>({});
  const [refusals, setRefusals] = createSignal<Refusals>({});
  const [fresh, setFresh] = createSignal<ReadonlySet<StrategyName>>(new Set());
  const [running, setRunning] = createSignal(false);
  const [progress, setProgress] = createSignal<RunProgress>();
  const [failure, setFailure] = createSignal<Failure>();

  const settle = (of: StrategyName, result: StrategyResult | undefined, refusal: Failure | undefined): void => {
    setResults(({ [of]: _, ...others }) => (result === undefined ? others : { ...others, [of]: result }));
    setRefusals(({ [of]: _, ...others }) => (refusal === undefined ? others : { ...others, [of]: refusal }));
    setFresh((now) => new Set([...now, of]));
  };
  const take = (message: RunMessage): void => {
    switch (message.type) {
      case 'machine':
        setMachine(message.marks);
        break;
      case 'progress':
        setProgress(message.progress);
        break;
      case 'result':
        settle(message.result.strategy, message.result, undefined);
        break;
      case 'refused':
        settle(message.strategy, undefined, message.failure);
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
  const begin = (): void => {
    setFresh(new Set<StrategyName>());
    setProgress(undefined);
    setFailure(undefined);
    setRunning(true);
  };
  return {
    ...{ machine, results, refusals, failure, running, progress },
    isStale: (name) => (results()[name] ?? refusals()[name]) !== undefined && !fresh().has(name),
    begin,
    receive: (message) => batch(() => take(message)),
    end: () => setRunning(false),
  };
}
