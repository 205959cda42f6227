import type { StrategyName } from '@kexeckit/relocation';
import { transfer } from 'comlink';
import { type Accessor, batch, createMemo, createSignal } from 'solid-js';
import { createDesk, type Desk } from '../desk/desk.ts';
import { inputsOf } from '../desk/inputs.ts';
import { keepSubject, type Restored } from '../desk/keep.ts';
import { withLink } from '../desk/link.ts';
import { strategyOr } from '../desk/strategy.ts';
import { type DeskFile, firstSubject, type Subject } from '../desk/subject.ts';
import { readWishes, type Wishes } from '../desk/wishes.ts';
import type { RunState } from '../features/desk/model.ts';
import { failureOf } from '../features/failure/model.ts';
import { askOnce, type Run, startRun } from '../worker/client.ts';
import type { RunMessage } from '../worker/protocol.ts';
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
  /** What lay on the desk when that was computed which is shown of the strategy, or of the machine alone. */
  readonly shownOf: Accessor<Subject | undefined>;
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

/** Files that a worker gets without a copy: whoever looks at them here finds nothing any more. */
const handOver = (files: readonly DeskFile[]): readonly DeskFile[] =>
  transfer(
    files,
    files.map(({ bytes }) => bytes.buffer),
  );

/** What results, and the map of the machine alone, were computed from. */
type Sources = Readonly<Partial<Record<StrategyName | 'machine', Subject>>>;

const NOTHING_KEPT: Restored = { subject: firstSubject, isLate: false };

/** The state of one lab: at most one run at a time. */
export function createLab(address: Address, { subject: kept, isLate }: Restored = NOTHING_KEPT): Lab {
  const desk = createDesk(withLink(kept, address.param), {
    recognise: (files) => askOnce((api) => api.recognise(handOver(files))),
    setParams: address.setParams,
    keep: keepSubject,
    isLate,
  });
  address.onArrival(() => desk.follow(address.param));
  const strategy = createMemo(() => strategyOr(desk.subject().wishes.strategy));
  const outcome = createOutcome();
  const [ranWith, setRanWith] = createSignal<Subject>();
  const [sources, setSources] = createSignal<Sources>({});
  let current: Run | undefined;
  /** What stands for the run that was asked for last; undefined where it was cancelled. */
  let asked: object | undefined;

  const stop = (): void => {
    current?.cancel();
    asked = undefined;
    outcome.end();
  };
  const receive = (subject: Subject, message: RunMessage): void =>
    batch(() => {
      if (message.type === 'result') setSources((now) => ({ ...now, [message.result.strategy]: subject }));
      if (message.type === 'machine') setSources((now) => ({ ...now, machine: subject }));
      outcome.receive(message);
    });
  const begin = async (mine: object, subject: Subject, wishes: Wishes): Promise<void> => {
    try {
      const inputs = await inputsOf(subject, wishes);
      // Another run may have begun, or this one have been cancelled.
      if (asked === mine) current = startRun({ inputs, first: strategy() }, (message) => receive(subject, message));
    } catch (error) {
      if (asked === mine) receive(subject, { type: 'failed', failure: failureOf(error) });
    }
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
    asked = {};
    void begin(asked, subject, wishes);
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
    shownOf: () => sources()[results()[strategy()] === undefined ? 'machine' : strategy()],
    select: (name) => desk.setWish('strategy', name),
  };
}
