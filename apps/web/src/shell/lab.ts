import type { StrategyName } from '@kexeckit/relocation';
import { type Accessor, batch, createMemo, createSignal } from 'solid-js';
import { boardMap } from '../desk/boards.ts';
import { createDesk, type Desk } from '../desk/desk.ts';
import { withLink } from '../desk/link.ts';
import { firstSubject, type Subject } from '../desk/subject.ts';
import { readWishes, type Wishes } from '../desk/wishes.ts';
import type { RunProgress, RunState } from '../features/desk/model.ts';
import { type Failure, failureOf } from '../features/failure/model.ts';
import type { MapView } from '../features/memory-map/model/view.ts';
import { strategyOr } from '../features/strategies/model.ts';
import { askOnce, type Run, startRun } from '../worker/client.ts';
import type { RunInputs, RunMessage, StrategyResult } from '../worker/protocol.ts';
import type { Address } from './address.ts';

/** Results by strategy, as far as they are there. */
export type Results = Readonly<Partial<Record<StrategyName, StrategyResult>>>;

/** Why a strategy has none. */
export type Refusals = Readonly<Partial<Record<StrategyName, Failure>>>;

/** The lab's state. It outlives the pages that show it. */
export interface Lab {
  readonly desk: Desk;
  readonly address: Address;
  /** The strategy that is looked at. */
  readonly strategy: Accessor<StrategyName>;
  readonly select: (strategy: StrategyName) => void;
  /** The map of the machine alone. */
  readonly machine: Accessor<MapView | undefined>;
  /** Of the last run; while another one is under way, those of the run before stand where there are none yet. */
  readonly results: Accessor<Results>;
  readonly refusals: Accessor<Refusals>;
  /** Whether what is shown of a strategy is of the run before. */
  readonly isStale: (strategy: StrategyName) => boolean;
  readonly state: Accessor<RunState>;
  /** What lay on the desk when the results were computed. */
  readonly ranWith: Accessor<Subject | undefined>;
  readonly failure: Accessor<Failure | undefined>;
  /** Starts over with what lies on the desk; a run that is under way is cancelled. Nothing is done where a wish is wrong. */
  readonly run: () => void;
  readonly stop: () => void;
}

/** What a subject's reboot is made of. */
export async function inputsOf(subject: Subject, wishes: Wishes): Promise<RunInputs> {
  const { map, kernel, initrd, dtb, profile } = subject.items;
  const files = {
    ...(kernel && { kernel }),
    ...(initrd && { initrd }),
    ...(dtb && { dtb }),
    ...(profile && { profile }),
  };
  if (map !== undefined) return { wishes, files, map };
  // The first board is the simulated machine itself, whose times are published.
  if (subject.board === firstSubject.board) return { wishes, files };
  return { wishes, files, map: { name: subject.board, text: await boardMap(subject.board) } };
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
  const [machine, setMachine] = createSignal<MapView>();
  const [results, setResults] = createSignal<Results>({});
  const [refusals, setRefusals] = createSignal<Refusals>({});
  const [fresh, setFresh] = createSignal<ReadonlySet<StrategyName>>(new Set());
  const [ranWith, setRanWith] = createSignal<Subject>();
  const [running, setRunning] = createSignal(false);
  const [progress, setProgress] = createSignal<RunProgress>();
  const [failure, setFailure] = createSignal<Failure>();
  let current: Run | undefined;

  const stop = (): void => {
    current?.cancel();
    setRunning(false);
  };
  const settle = (of: StrategyName, result: StrategyResult | undefined, refusal: Failure | undefined): void => {
    setResults(({ [of]: _, ...others }) => (result === undefined ? others : { ...others, [of]: result }));
    setRefusals(({ [of]: _, ...others }) => (refusal === undefined ? others : { ...others, [of]: refusal }));
    setFresh((now) => new Set([...now, of]));
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
  const begin = async (subject: Subject, wishes: Wishes): Promise<void> => {
    const inputs = await inputsOf(subject, wishes);
    // Another run may have begun, or this one have been cancelled.
    if (ranWith() !== subject || !running()) return;
    current = startRun({ inputs, first: strategy() }, (message) => batch(() => receive(message)));
  };
  const run = (): void => {
    stop();
    const subject = desk.subject();
    const { wishes } = readWishes(subject.wishes);
    if (wishes === undefined) return;
    batch(() => {
      setFresh(new Set<StrategyName>());
      setRanWith(subject);
      setProgress(undefined);
      setFailure(undefined);
      setRunning(true);
    });
    begin(subject, wishes).catch((error: unknown) => receive({ type: 'failed', failure: failureOf(error) }));
  };
  const state = (): RunState => {
    const before = ranWith();
    return {
      ...{ running: running(), failed: failure() !== undefined, progress: progress() },
      of: before && inWords(before),
      changed: before === undefined || !isSame(before, desk.subject()),
    };
  };
  return {
    ...{ desk, address, strategy, machine, results, refusals, state, ranWith, failure, run, stop },
    select: (name) => desk.setWish('strategy', name),
    isStale: (name) => results()[name] !== undefined && !fresh().has(name),
  };
}
