import {
  addressInSpace,
  checkTables,
  diffTables,
  listMappings,
  type Space,
  type TableDifference,
  type TableFinding,
  type Translation,
  attributesText as wordsOfAttributes,
} from '@kexeckit/arm64-pgtable';
import { LabError } from '../../shared/error.ts';
import { hex, rangeText } from '../../shared/format.ts';
import type { EditRequest } from './editing.ts';
import { mappingList } from './listing.ts';
import type {
  DifferenceView,
  EntryPlace,
  EntryView,
  FindingsView,
  FindingView,
  MappingList,
  PlayView,
  Some,
  TableDump,
  TableFacts,
  TreeTable,
  WalkView,
} from './model.ts';
import { Play } from './play.ts';
import { Tables } from './tables.ts';
import { allKeys, treeTables } from './tree.ts';
import { entryView, registerViews, walkView } from './walking.ts';

/** Tables at a point of an edit: none of it where there is no edit. */
export interface Moment {
  readonly edit: EditRequest | undefined;
  readonly done: number;
}

/** Differences and findings that are shown. */
const MOST_ROWS = 10_000;
/** Tables that can be opened at once. */
const MOST_OPEN = 20_000;
const EVERYWHERE = { start: 0n, end: (1n << 52n) - 1n } as const;

/** Tables that are looked at from all sides. */
export interface TableSession {
  facts(): TableFacts;
  /** Tables of the tree, by the entries that lead to them. */
  tree(at: Moment, keys: readonly string[], joins: boolean): readonly TreeTable[];
  /** What leads to every table but the root. */
  keys(at: Moment): readonly string[];
  entry(at: Moment, place: EntryPlace): EntryView | undefined;
  walk(at: Moment, va: bigint): WalkView;
  /** What is mapped, as far as it has a text in it. @throws PageTableError for tables that go round in a circle */
  mappings(at: Moment, filter: string): MappingList;
  findings(at: Moment): FindingsView;
  /** What other tables translate differently. @throws LabError for a space that cannot be compared */
  compare(at: Moment, other: TableDump): Some<DifferenceView>;
  /** Plans an edit. @throws PageTableError for one that makes no sense here */
  play(edit: EditRequest): PlayView;
}

/** Opens tables. */
export function openTables(dump: TableDump): TableSession {
  const tables = Tables.of(dump);
  const played = lastOf((edit: EditRequest) => new Play(tables, edit));
  const shown = lastOf(({ edit, done }: Moment) => (edit === undefined ? tables : played(edit).after(done)));
  return {
    facts: () => factsOf(tables),
    tree: (at, keys, joins) => treeTables(shown(at), keys, joins),
    keys: (at) => allKeys(shown(at), MOST_OPEN),
    entry: (at, place) => entryView(shown(at), tables, place),
    walk: (at, va) => walkView(shown(at), va),
    mappings: (at, filter) => mappingList(shown(at), filter),
    findings: (at) => findingsOf(shown(at), at.edit === undefined),
    compare: (at, other) => differencesOf(shown(at), Tables.of(other)),
    play: (edit) => played(edit).view(),
  };
}

/** Keeps the last answer: what crosses from the page is a new object each time. */
function lastOf<Q, A>(answer: (question: Q) => A): (question: Q) => A {
  let last: { readonly key: string; readonly answer: A } | undefined;
  return (question) => {
    const key = JSON.stringify(question, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
    if (last?.key !== key) last = { key, answer: answer(question) };
    return last.answer;
  };
}

/** A space in words. */
const spaceText = ({ regime, granule, vaBits, paBits = 48, half }: Space, format: string): string =>
  `${regime}, ${granule} pages, ${vaBits} bits of input, ${paBits} of output${half === 'upper' ? ', upper half' : ''}${format === 'VMSAv8-64' ? '' : `, ${format}`}`;

function factsOf(tables: Tables): TableFacts {
  const { space, shape, root, pages } = tables;
  const start = addressInSpace(space, 0);
  const first = listMappings(space, root, tables).runs[0];
  return {
    space: spaceText(space, shape.format),
    tables: pages.length,
    tableBytes: pages.length * shape.pageBytes,
    root: tables.addressOf(root),
    range: { start, end: start + (1n << BigInt(space.vaBits)) - 1n },
    ...{ pageShift: shape.pageShift, startLevel: shape.startLevel, spans: shape.spans },
    mapped: first && addressInSpace(space, first.page),
    registers: registerViews(tables),
  };
}

/** During an edit pages may be tables no longer, or not yet: the pool is only judged before it. */
function findingsOf(tables: Tables, judgesPool: boolean): FindingsView {
  const { space, root, ram, pages } = tables;
  const found = checkTables(space, root, tables, ram ?? [EVERYWHERE], judgesPool ? pages : undefined);
  const rows = found.slice(0, MOST_ROWS).map(findingView);
  return { rows, total: found.length, knowsRam: ram !== undefined };
}

function findingView({ code, severity, range, pa, other, advice }: TableFinding): FindingView {
  const parts = [range && rangeText(range), pa === undefined ? undefined : `to ${hex(pa)}`];
  if (other !== undefined) parts.push(`and ${rangeText(other)}`);
  return { code, severity, where: parts.filter((part) => part !== undefined).join(' '), advice };
}

function differencesOf(tables: Tables, other: Tables): Some<DifferenceView> {
  checkComparable(tables.space, other.space);
  const found = diffTables(
    tables.space,
    listMappings(tables.space, tables.root, tables),
    listMappings(other.space, other.root, other),
  );
  const side = (translation: Translation | undefined) =>
    translation && { pa: translation.pa, says: wordsOfAttributes(translation.attributes) };
  const rows = found.slice(0, MOST_ROWS).map(
    ({ start, end, before, after }: TableDifference): DifferenceView => ({
      ...{ start, end },
      before: side(before),
      after: side(after),
    }),
  );
  return { rows, total: found.length };
}

/** Pages are counted from the start of a half, in granules. */
function checkComparable(a: Space, b: Space): void {
  const isUpper = a.half === 'upper' || b.half === 'upper';
  const isSame =
    a.granule === b.granule &&
    (a.half ?? 'lower') === (b.half ?? 'lower') &&
    (a.regime === 'stage2') === (b.regime === 'stage2') &&
    (!isUpper || a.vaBits === b.vaBits);
  if (isSame) return;
  throw new LabError(
    'EINVAL',
    'these spaces cannot be compared',
    'take tables of the same granule, stage and half; in an upper half, of the same size',
  );
}
