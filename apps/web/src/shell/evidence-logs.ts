import { proxy, type Remote } from 'comlink';
import { type Accessor, batch, createEffect, createSignal, on, onCleanup, untrack } from 'solid-js';
import type { DeskLog } from '../desk/subject.ts';
import type { LogEvidence, LogFit, LogSession } from '../features/evidence/compute.ts';
import type { BootPage } from '../features/evidence/model.ts';
import { type Words, wordsOf } from '../shared/words.ts';
import { type Assistant, keptOpen, newAssistant } from '../worker/client.ts';

/** A log, and how far it is with it. */
export interface ShownLog {
  readonly log: DeskLog;
  readonly state: 'waiting' | 'reading' | 'read' | 'cancelled' | 'failed';
  /** How much of it is read, from 0 to 1. */
  readonly share: number;
  readonly evidence: LogEvidence | undefined;
  /** The boots of it that are looked at. */
  readonly page: BootPage | undefined;
  readonly failure: Words | undefined;
}

/** A log that was read. */
export type ReadLogShown = ShownLog & { readonly evidence: LogEvidence; readonly page: BootPage };

const isRead = (shown: ShownLog): shown is ReadLogShown => shown.evidence !== undefined && shown.page !== undefined;

/** Logs that are read one after the other, in a worker that keeps them. */
export interface Logs {
  readonly all: Accessor<readonly ShownLog[]>;
  readonly read: Accessor<readonly ReadLogShown[]>;
  readonly isReading: Accessor<boolean>;
  /** By all that is read; undefined until then. */
  readonly fit: Accessor<LogFit | undefined>;
  readonly failure: Accessor<Words | undefined>;
  /** Ends the reading of what is not read yet. */
  readonly cancel: () => void;
  /** Reads what was cancelled. */
  readonly again: () => void;
  /** Looks at other boots. @param from the first, from 0. */
  readonly turn: (log: DeskLog, from: number) => void;
}

const unread = (log: DeskLog): ShownLog => ({
  ...{ log, state: 'waiting', share: 0 },
  ...{ evidence: undefined, page: undefined, failure: undefined },
});

/** A session in a worker, which starts when it is first asked. */
function createSession(create: () => Assistant): {
  readonly ask: <T>(question: (logs: Remote<LogSession>) => Promise<T>) => Promise<T>;
  readonly end: () => void;
} {
  let assistant: Assistant | undefined;
  const open = keptOpen(async (): Promise<Remote<LogSession>> => await working().api.openLogs());
  const working = (): Assistant => (assistant ??= create());
  return {
    ask: async (question) => {
      const { died } = working();
      return await Promise.race([open().then(question), died]);
    },
    end: () => assistant?.end(),
  };
}

/** Reads these logs, and those that come to them; what was read is not read again. */
export function createLogs(wanted: Accessor<readonly DeskLog[]>, create: () => Assistant = newAssistant): Logs {
  const [all, setAll] = createSignal<readonly ShownLog[]>([]);
  const [fit, setFit] = createSignal<LogFit>();
  const [failure, setFailure] = createSignal<Words>();
  const { ask, end } = createSession(create);
  let isBusy = false;
  const change = (log: DeskLog, part: Partial<ShownLog>): void =>
    void setAll((now) => now.map((each) => (each.log === log ? { ...each, ...part } : each)));
  const orSay = (work: () => Promise<unknown>): Promise<unknown> =>
    work().catch((error: unknown) => setFailure(wordsOf(error)));
  const find = (state: ShownLog['state']): ShownLog | undefined => untrack(all).find((each) => each.state === state);
  const readOne = async ({ log }: ShownLog): Promise<void> => {
    change(log, { state: 'reading', share: 0 });
    const post = proxy((share: number): void => change(log, { share }));
    try {
      const evidence = await ask((logs) => logs.read(log.name, log.file, post));
      change(log, { state: 'read', share: 1, evidence, page: evidence.page });
    } catch (error) {
      const words = wordsOf(error);
      if (words.code === 'ECANCELED') change(log, { state: 'cancelled', share: 0 });
      else change(log, { state: 'failed', failure: words });
    }
  };
  const work = async (): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    for (let next = find('waiting'); next !== undefined; next = find('waiting')) await readOne(next);
    isBusy = false;
    await fitAll();
  };
  const fitAll = async (): Promise<void> => {
    const ids = untrack(all).flatMap(({ evidence }) => (evidence === undefined ? [] : [evidence.id]));
    await orSay(async () => setFit(ids.length === 0 ? undefined : await ask((logs) => logs.fit(ids))));
  };
  const follow = (logs: readonly DeskLog[]): void => {
    const before = untrack(all);
    const gone = before.filter(({ log }) => !logs.includes(log));
    if (gone.some(({ state }) => state === 'reading')) void ask((kept) => kept.cancel());
    for (const { evidence } of gone) if (evidence !== undefined) void ask((kept) => kept.forget(evidence.id));
    batch(() => {
      setFailure(undefined);
      setAll(logs.map((log) => before.find((each) => each.log === log) ?? unread(log)));
    });
    void work();
  };
  const turn = async (log: DeskLog, from: number): Promise<void> => {
    const id = untrack(all).find((each) => each.log === log)?.evidence?.id;
    if (id !== undefined) await orSay(async () => change(log, { page: await ask((logs) => logs.page(id, from)) }));
  };
  const setStates = (from: readonly ShownLog['state'][], state: ShownLog['state']): void =>
    void setAll((now) => now.map((each) => (from.includes(each.state) ? { ...each, state } : each)));
  const cancel = (): void => {
    setStates(['waiting'], 'cancelled');
    void ask((logs) => logs.cancel());
  };
  const again = (): void => {
    setStates(['cancelled', 'failed'], 'waiting');
    void work();
  };
  createEffect(on(wanted, follow));
  onCleanup(end);
  return {
    ...{ all, fit, failure, cancel, again },
    read: () => all().filter(isRead),
    isReading: () => all().some(({ state }) => state === 'waiting' || state === 'reading'),
    turn: (log, from) => void turn(log, from),
  };
}
