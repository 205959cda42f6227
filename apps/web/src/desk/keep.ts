import { createStore, get, set, type UseStore } from 'idb-keyval';
import { isBoard } from './boards.ts';
import { firstSubject, type Subject } from './subject.ts';
import { defaultWishes } from './wishes.ts';

const KEY = 'subject';
/** A browser that keeps nothing, or keeps it slowly, opens with an empty desk. */
const PATIENCE_MS = 1000;

let store: UseStore | undefined;
const keep = (): UseStore => (store ??= createStore('kexeckit-lab', 'desk'));

/** What lay on the desk when the page was last here; the first subject where nothing did, or nobody says. */
export async function restoreSubject(): Promise<Subject> {
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE_MS));
  try {
    const kept = await Promise.race([get<Subject>(KEY, keep()), late]);
    // A page of another version may have kept other wishes.
    if (kept === undefined || !isBoard(kept.board)) return firstSubject;
    return { ...kept, wishes: { ...defaultWishes, ...kept.wishes } };
  } catch {
    return firstSubject;
  }
}

/** Keeps what lies on the desk in this browser, for a reload. What it will not keep is lost with the page. */
export async function keepSubject(subject: Subject): Promise<void> {
  try {
    await set(KEY, subject, keep());
  } catch {}
}
