import type { Remote } from 'comlink';
import { type Accessor, batch, createEffect, createSignal, on, onCleanup } from 'solid-js';
import type { TableDump } from '../features/tables/model.ts';
import type { TableSession } from '../features/tables/session.ts';
import { type Words, wordsOf } from '../shared/words.ts';
import { type Assistant, askOnce, newAssistant } from '../worker/client.ts';

/** Something that is computed elsewhere: what was found last stays while the next is computed. */
export interface Found<T> {
  readonly found: Accessor<T | undefined>;
  readonly failure: Accessor<Words | undefined>;
  /** Whether what was found is of before. */
  readonly isStale: Accessor<boolean>;
}

/** Tables that are made in a worker of their own. */
export interface Dumped extends Found<TableDump> {
  /** Ends the work; what was found before stays. */
  readonly cancel: () => void;
}

/** Milliseconds that typing has to rest. */
const REST_MS = 200;

/** Makes something in a worker of its own whenever the question is another one; undefined is asked nothing. */
export function createDumps<Q>(
  question: Accessor<Q | undefined>,
  ask: (api: Assistant['api'], question: Q) => Promise<TableDump>,
): Dumped {
  const [found, setFound] = createSignal<TableDump>();
  const [failure, setFailure] = createSignal<Words>();
  const [isStale, setStale] = createSignal(false);
  let assistant: Assistant | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = (): void => {
    clearTimeout(timer);
    assistant?.end();
    assistant = undefined;
  };
  const begin = async (asked: Q): Promise<void> => {
    const mine = newAssistant();
    assistant = mine;
    const settle = (set: () => void): void => {
      if (assistant !== mine) return;
      assistant = undefined;
      batch(() => {
        set();
        setStale(false);
      });
    };
    try {
      const dump = await askOnce((api) => ask(api, asked), mine);
      settle(() => {
        setFound(() => dump);
        setFailure(undefined);
      });
    } catch (error) {
      settle(() => setFailure(wordsOf(error)));
    }
  };
  createEffect(
    on(question, (asked, before) => {
      end();
      batch(() => {
        setFailure(undefined);
        setStale(asked !== undefined);
      });
      if (asked !== undefined) timer = setTimeout(() => void begin(asked), before === undefined ? 0 : REST_MS);
    }),
  );
  onCleanup(end);
  const cancel = (): void => {
    end();
    setStale(false);
  };
  return { found, failure, isStale, cancel };
}

/** Tables in a worker, to be asked about. */
export interface OpenSession {
  readonly dump: TableDump;
  readonly tables: Remote<TableSession>;
  /** Rejects when the worker is gone. */
  readonly gone: Promise<never>;
}

/** Keeps the tables in a worker; the one before is ended. */
export function createSession(dump: Accessor<TableDump | undefined>): {
  readonly session: Accessor<OpenSession | undefined>;
  readonly failure: Accessor<Words | undefined>;
} {
  const [session, setSession] = createSignal<OpenSession>();
  const [failure, setFailure] = createSignal<Words>();
  let end = (): void => {};
  const open = async (wanted: TableDump): Promise<void> => {
    const assistant = newAssistant();
    let reject = (_: DOMException): void => {};
    const ended = new Promise<never>((_, leave) => {
      reject = leave;
    });
    ended.catch(() => {});
    const before = end;
    let isMine = true;
    end = () => {
      isMine = false;
      assistant.end();
      reject(new DOMException('the tables were left', 'AbortError'));
    };
    try {
      const tables = await Promise.race([assistant.api.openTables(wanted), assistant.died, ended]);
      if (!isMine) return;
      setSession({ dump: wanted, tables, gone: Promise.race<never>([assistant.died, ended]) });
      setFailure(undefined);
    } catch (error) {
      if (isMine) setFailure(wordsOf(error));
    } finally {
      before();
    }
  };
  createEffect(() => {
    const wanted = dump();
    if (wanted !== undefined) void open(wanted);
  });
  onCleanup(() => end());
  return { session, failure };
}

/** Asks a session one thing at a time: of what is asked meanwhile the last counts. Undefined is asked nothing. */
export function createAnswer<Q, A>(
  session: Accessor<OpenSession | undefined>,
  question: Accessor<Q | undefined>,
  ask: (tables: Remote<TableSession>, question: Q) => Promise<A>,
): Found<A> & { readonly answered: Accessor<Q | undefined> } {
  const [answer, setAnswer] = createSignal<{ readonly question: Q; readonly found: A }>();
  const [failure, setFailure] = createSignal<Words>();
  const [isStale, setStale] = createSignal(false);
  let next: { readonly session: OpenSession; readonly question: Q } | undefined;
  let isBusy = false;
  const settle = (set: () => void): void => {
    if (next !== undefined) return;
    batch(() => {
      set();
      setStale(false);
    });
  };
  const work = async (): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    while (next !== undefined) {
      const { session: asked, question: wanted } = next;
      next = undefined;
      try {
        const found = await Promise.race([ask(asked.tables, wanted), asked.gone]);
        settle(() => {
          setAnswer(() => ({ question: wanted, found }));
          setFailure(undefined);
        });
      } catch (error) {
        // Another session is asked soon, if this one is gone.
        if (!(error instanceof DOMException)) settle(() => setFailure(wordsOf(error)));
      }
    }
    isBusy = false;
  };
  createEffect(() => {
    const asked = session();
    const wanted = question();
    if (wanted === undefined) {
      next = undefined;
      batch(() => {
        setAnswer(undefined);
        setFailure(undefined);
        setStale(false);
      });
      return;
    }
    setStale(true);
    if (asked === undefined) return;
    next = { session: asked, question: wanted };
    void work();
  });
  return {
    found: () => answer()?.found,
    answered: () => answer()?.question,
    failure,
    isStale,
  };
}
