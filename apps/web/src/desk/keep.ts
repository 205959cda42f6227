import { createStore, del, delMany, get, getMany, setMany, type UseStore, update } from 'idb-keyval';
import { pickKeys } from '../shared/keys.ts';
import { isBoard } from './boards.ts';
import { type DeskLog, firstSubject, logsTogether, type Place, placeNames, type Subject, withItem } from './subject.ts';
import { defaultWishes, wishNames } from './wishes.ts';

/** A browser that keeps nothing, or keeps it slowly, opens with an empty desk. */
const PATIENCE_MS = 1000;
/** Tabs have a desk each; those that were used last are kept. */
const MOST_TABS = 4;
/** Names of the tabs whose desks are kept, the one that was used last at the end. */
const TABS = 'tabs';

let store: UseStore | undefined;
const keep = (): UseStore => (store ??= createStore('kexeckit-lab', 'desk'));

/** Files have a key of their own: they are not written again for each letter that is typed. */
const keysOf = (tab: string) => ({ subject: `subject of ${tab}`, items: `items of ${tab}` }) as const;

/** The name of this tab, the same after a reload. */
const ownTab: string = ((): string => {
  const fresh = `tab-${Math.random().toString(36).slice(2)}`;
  try {
    const name = sessionStorage.getItem('kexeckit-lab') ?? fresh;
    sessionStorage.setItem('kexeckit-lab', name);
    return name;
  } catch {
    return fresh;
  }
})();

/** Whether this tab's own desk is kept; otherwise all of it is written with the first change. */
let isOwnKept = false;

/** What lay on the desk of this tab, or of the last one; the first subject where nothing did, or nobody says. */
export async function restoreSubject(): Promise<Subject> {
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE_MS));
  try {
    return (await Promise.race([restore(), late])) ?? firstSubject;
  } catch {
    return firstSubject;
  }
}

async function restore(): Promise<Subject> {
  const tabs = tabsFrom(await get<unknown>(TABS, keep()));
  isOwnKept = tabs.includes(ownTab);
  const from = keysOf(isOwnKept ? ownTab : (tabs.at(-1) ?? ownTab));
  const [subject, items] = await getMany<unknown>([from.subject, from.items], keep());
  return subjectFrom(subject, items);
}

/**
 * Keeps what lies on the desk in this browser, for a reload.
 *
 * @returns whether it did: where not, as where there is no room, a reload finds a desk without files.
 */
export async function keepSubject(now: Subject, before: Subject): Promise<boolean> {
  const known = isOwnKept ? before : undefined;
  try {
    await setMany(entriesOf(ownTab, now, known), keep());
    isOwnKept = true;
    await tellTab();
    return true;
  } catch {
    if (now.items !== known?.items) await keepWithoutFiles(now);
    return false;
  }
}

/** Files that lay there before would be taken for those that were not kept. */
async function keepWithoutFiles(now: Subject): Promise<void> {
  try {
    await del(keysOf(ownTab).items, keep());
    await setMany(entriesOf(ownTab, now, now), keep());
    await tellTab();
  } catch {
    // It keeps nothing at all.
  }
}

/** Puts this tab last, and forgets the desks of those that were not used for longest. */
async function tellTab(): Promise<void> {
  let gone: readonly string[] = [];
  await update<unknown>(
    TABS,
    (before) => {
      const { tabs, forgotten } = withTab(tabsFrom(before), ownTab);
      gone = forgotten;
      return tabs;
    },
    keep(),
  );
  if (gone.length > 0)
    await delMany(
      gone.flatMap((tab) => Object.values(keysOf(tab))),
      keep(),
    );
}

/** Tabs, with one that was used just now. */
export function withTab(
  before: readonly string[],
  tab: string,
): { readonly tabs: readonly string[]; readonly forgotten: readonly string[] } {
  const all = [...before.filter((other) => other !== tab), tab];
  return { tabs: all.slice(-MOST_TABS), forgotten: all.slice(0, -MOST_TABS) };
}

const tabsFrom = (kept: unknown): string[] =>
  Array.isArray(kept) ? kept.filter((tab: unknown): tab is string => typeof tab === 'string') : [];

/** What is written of a tab's subject when another lay there before; all of it where nothing did. */
export function entriesOf(tab: string, { board, wishes, items }: Subject, before?: Subject): [string, unknown][] {
  const keys = keysOf(tab);
  const entries: [string, unknown][] = [[keys.subject, { board, wishes }]];
  if (items !== before?.items) entries.push([keys.items, items]);
  return entries;
}

/** A subject as it was kept, by this version of the page or by another: what it cannot be is as at first. */
export function subjectFrom(kept: unknown, items: unknown): Subject {
  const board = fieldOf(kept, 'board');
  if (typeof board !== 'string' || !isBoard(board)) return firstSubject;
  const wishes = fieldOf(kept, 'wishes');
  const texts = wishNames.flatMap((name) => {
    const text = fieldOf(wishes, name);
    return typeof text === 'string' ? [[name, text] as const] : [];
  });
  const subject: Subject = { board, items: {}, wishes: { ...defaultWishes, ...Object.fromEntries(texts) } };
  return pickKeys(placeNames).reduce((now, place) => withKept(now, place, fieldOf(items, place)), subject);
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;

function withKept(subject: Subject, place: Place, item: unknown): Subject {
  const [name, text, bytes] = [fieldOf(item, 'name'), fieldOf(item, 'text'), fieldOf(item, 'bytes')];
  if (typeof name !== 'string') return subject;
  switch (place) {
    case 'kernel':
    case 'initrd':
    case 'dtb':
      return bytes instanceof Uint8Array ? withItem(subject, place, { name, bytes }) : subject;
    case 'log':
      return withItem(subject, place, logsTogether(logsKept(fieldOf(item, 'logs'))));
    default:
      return typeof text === 'string' ? withItem(subject, place, { name, text }) : subject;
  }
}

const logsKept = (kept: unknown): DeskLog[] =>
  (Array.isArray(kept) ? kept : []).flatMap((each: unknown) => {
    const [name, file] = [fieldOf(each, 'name'), fieldOf(each, 'file')];
    return typeof name === 'string' && file instanceof Blob ? [{ name, file }] : [];
  });
