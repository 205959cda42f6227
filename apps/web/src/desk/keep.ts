import { createStore, del, getMany, setMany, type UseStore } from 'idb-keyval';
import { pickKeys } from '../shared/keys.ts';
import { isBoard } from './boards.ts';
import { type DeskLog, firstSubject, logsTogether, type Place, placeNames, type Subject, withItem } from './subject.ts';
import { defaultWishes, wishNames } from './wishes.ts';

/** Files have a key of their own: they are not written again for each letter that is typed. */
const KEYS = { subject: 'subject', items: 'items' } as const;
/** A browser that keeps nothing, or keeps it slowly, opens with an empty desk. */
const PATIENCE_MS = 1000;

let store: UseStore | undefined;
const keep = (): UseStore => (store ??= createStore('kexeckit-lab', 'desk'));

/** What lay on the desk when the page was last here; the first subject where nothing did, or nobody says. */
export async function restoreSubject(): Promise<Subject> {
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE_MS));
  try {
    const found = await Promise.race([getMany<unknown>([KEYS.subject, KEYS.items], keep()), late]);
    return found === undefined ? firstSubject : subjectFrom(found[0], found[1]);
  } catch {
    return firstSubject;
  }
}

/**
 * Keeps what lies on the desk in this browser, for a reload.
 *
 * @returns whether it did: where not, as where there is no room, a reload finds a desk without files.
 */
export async function keepSubject(now: Subject, before: Subject): Promise<boolean> {
  try {
    await setMany(entriesOf(now, before), keep());
    return true;
  } catch {
    if (now.items !== before.items) await keepWithoutFiles(now);
    return false;
  }
}

/** Files that lay there before would be taken for those that were not kept. */
async function keepWithoutFiles(now: Subject): Promise<void> {
  try {
    await del(KEYS.items, keep());
    await setMany(entriesOf(now, now), keep());
  } catch {
    // It keeps nothing at all.
  }
}

/** What is written of a subject when another lay there before. */
export function entriesOf({ board, wishes, items }: Subject, before: Subject): [string, unknown][] {
  const entries: [string, unknown][] = [[KEYS.subject, { board, wishes }]];
  if (items !== before.items) entries.push([KEYS.items, items]);
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
