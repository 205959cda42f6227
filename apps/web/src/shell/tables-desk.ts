import { PageTableError, parseAddress } from '@kexeckit/arm64-pgtable';
import { type Accessor, createEffect, createMemo, createSignal, on } from 'solid-js';
import { inputsOf } from '../desk/inputs.ts';
import { type EditComplaints, readEdit } from '../features/tables/editing.ts';
import { type EntryPlace, keyOf, placeOfKey } from '../features/tables/model.ts';
import { keysAbove, type TreeTables } from '../features/tables/rows.ts';
import type { SourceState } from '../features/tables/SourceForm.tsx';
import type { Moment } from '../features/tables/session.ts';
import { firstSource, readSource, strategiesWithTables } from '../features/tables/source.ts';
import type { Lab } from './lab.ts';
import type { Which } from './params.ts';
import { createAnswer, createDumps, createSession, type Dumped } from './tables-answers.ts';
import { createTablesLink, type TablesLink } from './tables-link.ts';

/** Sets of tables that are opened whole at first have at most so many. */
const FEW_TABLES = 16;

/** Whether two questions are the same, whatever objects they are. */
const sameText = (a: unknown, b: unknown): boolean => textOf(a) === textOf(b);
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part)) ?? '';

/** The page's state: what is typed, and what is found. It lives as long as the page. */
export function createTablesDesk(lab: Lab) {
  const link = createTablesLink(lab.address, () => {
    const { strategy } = lab.desk.subject().wishes;
    return strategiesWithTables.find((name) => name === strategy) ?? firstSource.of;
  });
  const first = createSource(lab, link, 'of');
  const second = createSource(lab, link, 'with');
  const { session, failure } = createSession(first.dump.found);
  const facts = createAnswer(
    session,
    () => true,
    async (tables) => await tables.facts(),
  );
  const played = createPlayed(link, session);
  const walked = createWalked(link, session, facts.found, played.moment);
  const tree = createTree(link, session, facts.found, played);
  const filter = (): string => link.view('filter') ?? '';
  const asked = createMemo(() => ({ at: played.moment(), filter: filter() }), undefined, { equals: sameText });
  const mappings = createAnswer(
    session,
    asked,
    async (tables, { at, filter: text }) => await tables.mappings(at, text),
  );
  const findings = createAnswer(session, played.moment, async (tables, at) => await tables.findings(at));
  const compared = createMemo(() => {
    const other = second.dump.found();
    return link.source('with').of === '' || other === undefined ? undefined : { at: played.moment(), other };
  });
  const differences = createAnswer(session, compared, async (tables, { at, other }) => await tables.compare(at, other));
  return {
    ...{ link, first, second, failure, facts, played, walked, tree, filter, mappings, findings, differences },
  };
}

/** What {@link createTablesDesk} makes. */
export type TablesDesk = ReturnType<typeof createTablesDesk>;

/** A source: its form, and its tables. */
function createSource(lab: Lab, link: TablesLink, which: Which): { dump: Dumped; state: Accessor<SourceState> } {
  const read = createMemo(() => readSource(link.source(which)));
  const question = createMemo(
    () => {
      const { source } = read();
      // Other things on the desk make another plan; they make no other tables of mappings.
      return source?.kind === 'plan'
        ? { source, subject: lab.desk.subject() }
        : source && { source, subject: undefined };
    },
    undefined,
    { equals: (a, b) => sameText(a?.source, b?.source) && isSameDesk(a?.subject, b?.subject) },
  );
  const dump = createDumps(question, async (api, { source, subject }) => {
    const wishes = lab.desk.wishes();
    const inputs = subject && wishes && (await inputsOf(subject, wishes));
    return await api.dumpTables(source, inputs);
  });
  const state = (): SourceState => ({
    texts: link.source(which),
    complaints: read().complaints,
    failure: dump.failure(),
    isWorking: dump.isStale(),
  });
  return { dump, state };
}

type Subject = ReturnType<Lab['desk']['subject']>;

function isSameDesk(a: Subject | undefined, b: Subject | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  const wishes = ({ strategy: _, ...others }: Subject['wishes']): unknown => others;
  return a.board === b.board && a.items === b.items && sameText(wishes(a.wishes), wishes(b.wishes));
}

type Session = ReturnType<typeof createSession>['session'];

/** An edit and how far it is done. */
function createPlayed(link: TablesLink, session: Session) {
  const read = createMemo(() => readEdit(link.edit()));
  const request = createMemo(() => read().request, undefined, { equals: sameText });
  const play = createAnswer(session, request, async (tables, edit) => await tables.play(edit));
  /** How far, where the edit is one. */
  const done = createMemo((): number => {
    const steps = play.found()?.done ?? 0;
    const wanted = Number(link.view('done') ?? '0');
    return Number.isInteger(wanted) ? Math.max(0, Math.min(wanted, steps)) : 0;
  });
  const moment = createMemo(
    (): Moment => {
      const edit = play.failure() === undefined && !play.isStale() ? play.answered() : undefined;
      return edit === undefined || done() === 0 ? { edit: undefined, done: 0 } : { edit, done: done() };
    },
    undefined,
    { equals: sameText },
  );
  const complaints = (): EditComplaints => read().complaints;
  const setDone = (steps: number): void => link.setView({ done: steps === 0 ? undefined : String(steps) });
  return { play, request, done, moment, complaints, setDone };
}

type Facts = ReturnType<typeof createAnswer<true, Awaited<ReturnType<Tables['facts']>>>>['found'];
type Tables = NonNullable<ReturnType<Session>>['tables'];

/** A typed address, and its way. */
function createWalked(link: TablesLink, session: Session, facts: Facts, moment: Accessor<Moment>) {
  const text = createMemo(() => {
    const mapped = facts()?.mapped ?? facts()?.range.start;
    return link.view('va') ?? (mapped === undefined ? '' : `0x${mapped.toString(16)}`);
  });
  const read = createMemo((): { readonly va?: bigint; readonly complaint?: string } => {
    if (text() === '' && link.view('va') === undefined) return {};
    try {
      return { va: parseAddress(text().trim()) };
    } catch (error) {
      if (!(error instanceof PageTableError)) throw error;
      return { complaint: error.hint };
    }
  });
  // What was found stays while something is typed that is no address.
  const question = createMemo(
    (before: { readonly at: Moment; readonly va: bigint } | undefined) => {
      const { va } = read();
      if (va !== undefined) return { at: moment(), va };
      return before && { at: moment(), va: before.va };
    },
    undefined,
    { equals: sameText },
  );
  const walk = createAnswer(session, question, async (tables, { at, va }) => await tables.walk(at, va));
  return { text, complaint: () => read().complaint, walk };
}

/** The tree: what is open, what is chosen. */
function createTree(link: TablesLink, session: Session, facts: Facts, played: ReturnType<typeof createPlayed>) {
  const { moment, play } = played;
  const [open, setOpen] = createSignal<ReadonlySet<string>>(new Set());
  const chosen = createMemo((): EntryPlace | undefined => placeOfKey(link.view('entry') ?? ''), undefined, {
    equals: sameText,
  });
  const joins = (): boolean => link.view('each') === undefined;
  const openMore = (keys: readonly string[]): void => {
    if (keys.some((key) => !open().has(key))) setOpen((now) => new Set([...now, ...keys]));
  };
  const openAll = async (at: Moment): Promise<void> => {
    const asked = session();
    if (asked === undefined) return;
    try {
      openMore(await Promise.race([asked.tables.keys(at), asked.gone]));
    } catch {
      // Other tables are there by now, or none.
    }
  };
  const isFew = (): boolean => (facts()?.tables ?? FEW_TABLES + 1) <= FEW_TABLES;
  createEffect(
    on(facts, () => {
      if (isFew()) void openAll(moment());
    }),
  );
  // A table that an edit adds is opened where all are.
  createEffect(
    on(play.found, (found) => {
      const edit = play.answered();
      if (found !== undefined && edit !== undefined && isFew()) void openAll({ edit, done: found.done });
    }),
  );
  // What is chosen can be seen, until what is above it is closed.
  createEffect(
    on([chosen, facts], ([place, known]) => {
      if (place !== undefined && known !== undefined) openMore(keysAbove(place, known));
    }),
  );
  const question = createMemo(() => ({ at: moment(), keys: ['', ...open()], joins: joins() }), undefined, {
    equals: sameText,
  });
  const answer = createAnswer(session, question, async (tables, asked) =>
    tables.tree(asked.at, asked.keys, asked.joins).then((list) => list.map((table) => [table.key, table] as const)),
  );
  const tables = createMemo((): TreeTables => new Map(answer.found() ?? []));
  const entryAsked = createMemo(
    () => {
      const place = chosen();
      return place && { at: moment(), place };
    },
    undefined,
    { equals: sameText },
  );
  const entry = createAnswer(session, entryAsked, async (asked, { at, place }) => await asked.entry(at, place));
  const toggle = (key: string): void => {
    setOpen((now) => {
      const next = new Set(now);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  };
  return {
    ...{ open, chosen, joins, tables, entry, toggle },
    isStale: answer.isStale,
    openAll: () => openAll(moment()),
    closeAll: () => setOpen(new Set<string>()),
    choose: (place: EntryPlace) => link.setView({ entry: keyOf(place) }),
    setJoins: (isJoined: boolean) => link.setView({ each: isJoined ? undefined : 'yes' }),
  };
}
