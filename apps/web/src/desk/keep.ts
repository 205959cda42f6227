import { createStore, get, getMany, promisifyRequest, type UseStore } from 'idb-keyval';
import { pickKeys } from '../shared/keys.ts';
import { isBoard } from './boards.ts';
import { type DeskLog, firstSubject, logsTogether, type Place, placeNames, type Subject, withItem } from './subject.ts';
import { freshName, nameOfBefore, ownName } from './tab.ts';
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

/** The tab whose desk this is. */
let tab: Promise<string> | undefined;
/** What was kept under the name of this tab was not seen: the first change begins another desk. */
let isUnseen = false;
/** Files that the browser did not take: they are not tried again with each letter. */
let refused: Subject['items'] | undefined;

/** What lies on the desk at first. */
export interface Restored {
  readonly subject: Subject;
  /** What was kept did not come in time: it is kept on, and not written over. */
  readonly isLate: boolean;
}

/** What lay on the desk of this tab, or of the last one; the first subject where nothing did, or nobody says. */
export async function restoreSubject(): Promise<Restored> {
  const before = nameOfBefore();
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE_MS));
  try {
    const found = await Promise.race([restore(before), late]);
    if (found !== undefined) {
      tab = ownName(before);
      return { subject: found, isLate: false };
    }
    isUnseen = true;
    return { subject: firstSubject, isLate: true };
  } catch {
    return { subject: firstSubject, isLate: false };
  }
}

async function restore(before: string | undefined): Promise<Subject> {
  const tabs = tabsFrom(await get<unknown>(TABS, keep()));
  const from = keysOf(before !== undefined && tabs.includes(before) ? before : (tabs.at(-1) ?? ''));
  const [subject, items] = await getMany<unknown>([from.subject, from.items], keep());
  return subjectFrom(subject, items);
}

/**
 * Keeps what lies on the desk in this browser, for a reload.
 *
 * @returns whether it did: where not, as where there is no room, a reload finds a desk without files.
 */
export async function keepSubject(now: Subject, before: Subject): Promise<boolean> {
  tab ??= ownName(isUnseen ? freshName() : nameOfBefore());
  const own = await tab;
  if (now.items !== refused)
    try {
      await write(own, now, before).catch((error: unknown) => writeAgain(error, own, now));
      refused = undefined;
      return true;
    } catch {
      refused = now.items;
    }
  // Files that lay there before would be taken for those that were not kept; without them there is room for the rest.
  await keep()('readwrite', (desks) => promisifyRequest(desks.delete(keysOf(own).items))).catch(() => {});
  await write(own, { ...now, items: {} }, undefined).catch(() => {});
  return false;
}

/** A browser that was told to clear its storage has closed it: it is opened once more. */
async function writeAgain(error: unknown, own: string, now: Subject): Promise<void> {
  if (error instanceof DOMException && error.name === 'QuotaExceededError') throw error;
  store = undefined;
  await write(own, now, undefined);
}

/**
 * Writes what is new, puts this tab last, and forgets those that were not used for longest; all of it, or nothing. What is not there, for
 * another tab has put this one out, or somebody has cleared the storage, is written whole.
 */
async function write(own: string, now: Subject, before: Subject | undefined): Promise<void> {
  await keep()('readwrite', async (desks) => {
    const there = new Set(await promisifyRequest(desks.getAllKeys()));
    const tabs = tabsFrom(await promisifyRequest<unknown>(desks.get(TABS)));
    const isThere = tabs.includes(own) && Object.values(keysOf(own)).every((key) => there.has(key));
    for (const [key, value] of entriesOf(own, now, isThere ? before : undefined)) desks.put(value, key);
    const listed = withTab(tabs, own);
    desks.put(listed, TABS);
    const wanted = new Set<IDBValidKey>([TABS, ...listed.flatMap((each) => Object.values(keysOf(each)))]);
    for (const key of there) if (!wanted.has(key)) desks.delete(key);
    await promisifyRequest(desks.transaction);
  });
}

/** Tabs, with one that was used just now; without those that were used before the last few. */
export const withTab = (before: readonly string[], tab: string): readonly string[] =>
  [...before.filter((other) => other !== tab), tab].slice(-MOST_TABS);

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
