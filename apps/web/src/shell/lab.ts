import type { StrategyName } from '@kexeckit/relocation';
import { type Accessor, batch, createMemo, createSignal } from 'solid-js';
import { createDesk, type Desk } from '../desk/desk.ts';
import { inputsOf } from '../desk/inputs.ts';
import { withLink } from '../desk/link.ts';
import { strategyOr } from '../desk/strategy.ts';
import { firstSubject, type Subject } from '../desk/subject.ts';
import { readWishes, type Wishes } from '../desk/wishes.ts';
import type { RunState } from '../features/desk/model.ts';
import { failureOf } from '../features/failure/model.ts';
import { askOnce, type Run, startRun } from '../worker/client.ts';
import type { Address } from './address.ts';
import { createOutcome, type Shown } from './outcome.ts';

/** The lab's state. It outlives the pages that show it. */
export interface Lab extends Shown {
  readonly desk: Desk;
  readonly address: Address;
  /** The strategy that is looked at. */
  readonly strategy: Accessor<StrategyName>;
  readonly select: (strategy: StrategyName) => void;
  readonly state: Accessor<RunState>;
  /** What lay on the desk when the results were computed. */
  readonly ranWith: Accessor<Subject | undefined>;
  /** Starts over with what lies on the desk; a run that is under way is cancelled. Nothing is done where a wish is wrong. */
  readonly run: () => void;
  readonly stop: () => void;
}

/** Whether two subjects give the same results. */
const isSame = (a: Subject, b: Subject): boolean =>
  a.board === b.board &&
  a.items === b.items &&
  Object.entries(a.wishes).every(([name, text]) => name === 'strategy' || Reflect.get(b.wishes, name) === text);

const inWords = ({ wishes }: Subject): string => `EL${wishes.exceptionLevel}, seed ${wishes.seed}`;

/** The state of one lab: at most one run at a time. */
export function createLab(address: Address, kept: Subject = firstSubject): Lab {
  const desk = createDesk(withLink(kept, address.param), {
    recognise: (files) => askOnce((api) => api.recognise(files)),
    setParams: address.setParams,
  });
  const strategy = createMemo(() => strategyOr(desk.subject().wishes.strategy));
  const outcome = createOutcome();
  const [ranWith, setRanWith] = createSignal<Subject>();
  let current: Run | undefined;

  const stop = (): void => {
    current?.cancel();
    outcome.end();
  };
  const begin = async (subject: Subject, wishes: Wishes): Promise<void> => {
    const inputs = await inputsOf(subject, wishes);
    // Another run may have begun, or this one have been cancelled.
    if (ranWith() !== subject || !outcome.running()) return;
    current = startRun({ inputs, first: strategy() }, outcome.receive);
  };
  const run = (): void => {
    stop();
    const subject = desk.subject();
    const { wishes } = readWishes(subject.wishes);
    if (wishes === undefined) return;
    batch(() => {
      setRanWith(subject);
      outcome.begin();
    });
    begin(subject, wishes).catch((error: unknown) => outcome.receive({ type: 'failed', failure: failureOf(error) }));
  };
  const state = (): RunState => {
    const before = ranWith();
    return {
      ...{ running: outcome.running(), failed: outcome.failure() !== undefined, progress: outcome.progress() },
      of: before && inWords(before),
      changed: before === undefined || !isSame(before, desk.subject()),
    };
  };
  const { machine, results, refusals, isStale, failure } = outcome;
  return {
    ...{ desk, address, strategy, state, ranWith, run, stop },
    ...{ machine, results, refusals, isStale, failure },
    select: (name) => desk.setWish('strategy', name),
  };
}
