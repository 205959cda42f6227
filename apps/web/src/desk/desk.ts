import { type Accessor, batch, createEffect, createMemo, createSignal, on, untrack } from 'solid-js';
import { wordsOf } from '../shared/words.ts';
import type { BoardName } from './boards.ts';
import { linkParams, withLink } from './link.ts';
import type { Recognised } from './recognise.ts';
import {
  type DeskFile,
  type DeskLog,
  logsTogether,
  MOST_BYTES,
  MOST_LOGS,
  type Place,
  type Subject,
  withItem,
} from './subject.ts';
import { type Complaints, readWishes, type Wishes, type WishName } from './wishes.ts';

/** What became of a file that was put on the desk. */
export interface Finding {
  readonly name: string;
  /** Where it lies; undefined where it was refused. */
  readonly place: Place | 'cmdline' | undefined;
  readonly code: string | undefined;
  readonly note: string;
}

/** What lies on the desk, and what can be done with it. */
export interface Desk {
  readonly subject: Accessor<Subject>;
  /** What is wrong with the wishes, by their fields. */
  readonly complaints: Accessor<Complaints>;
  /** The wishes, where nothing is wrong with them. */
  readonly wishes: Accessor<Wishes | undefined>;
  readonly setBoard: (board: BoardName) => void;
  /** Takes board and wishes from a link; files stay. */
  readonly follow: (param: (name: string) => string | undefined) => void;
  readonly setWish: (name: WishName, text: string) => void;
  /** Says what files are, and puts each on its place; what is none stays out. */
  readonly take: (files: readonly File[]) => Promise<void>;
  /** The same for a file that has to be asked for. */
  readonly takeFrom: (ask: () => Promise<File>) => Promise<void>;
  readonly remove: (place: Place) => void;
  /** Takes one of the logs away. */
  readonly removeLog: (log: DeskLog) => void;
  /** What became of the last files. */
  readonly findings: Accessor<readonly Finding[]>;
  /** Whether files are being looked at. */
  readonly isLooking: Accessor<boolean>;
}

/** What a desk needs of the page around it. */
export interface Surroundings {
  readonly recognise: (files: readonly DeskFile[]) => Promise<readonly Recognised[]>;
  readonly setParams: (params: ReadonlyMap<string, string | undefined>) => void;
  /** Keeps what lies there for a reload. @returns whether it could. */
  readonly keep: (now: Subject, before: Subject) => Promise<boolean>;
  /** Whether what was kept did not come in time. */
  readonly isLate?: boolean;
}

/** What is said where a browser does not keep the files. */
const UNKEPT: Finding = {
  name: 'This browser',
  place: undefined,
  code: 'ENOSPC',
  note: 'does not keep the files that lie here: a reload, or the end of this tab, loses them; take some away, or make room in it',
};

/** What is said where a browser gives back too late what lay there. */
const LATE: Finding = {
  name: 'This browser',
  place: undefined,
  code: 'ETIMEDOUT',
  note: 'did not give back in time what lay here; it has it still: a reload tries again, as long as nothing is changed',
};

/** A desk with this on it, which is kept in the address and in the browser. */
export function createDesk(first: Subject, { recognise, setParams, keep, isLate = false }: Surroundings): Desk {
  const [subject, setSubject] = createSignal(first);
  const [findings, setFindings] = createSignal<readonly Finding[]>(isLate ? [LATE] : []);
  const [isLooking, setLooking] = createSignal(false);
  const read = createMemo(() => readWishes(subject().wishes));
  createEffect(() => setParams(linkParams(subject())));
  const isKept = createKeeping(first, subject, keep);
  const setWish = (name: WishName, text: string): void => {
    setSubject((now) => ({ ...now, wishes: { ...now.wishes, [name]: text } }));
  };
  const put = (found: Recognised): void => {
    if (found.place === undefined) return;
    if (found.place === 'cmdline') setWish('cmdline', found.text);
    else if (found.place === 'log') setSubject((now) => withLogs(now, found.item.logs));
    else setSubject((now) => withItem(now, found.place, found.item));
  };
  const look = async (files: readonly File[]): Promise<void> => {
    try {
      const { read: small, refused } = await readAll(files);
      const found = await recognise(small);
      const named = found.map((each, at) => ({ name: small[at]?.name ?? '', found: each }));
      batch(() => {
        for (const each of found) put(each);
        setFindings([...findingsOf(named), ...refused]);
      });
    } catch (error) {
      const { code, message } = wordsOf(error);
      setFindings(files.map((file) => ({ name: nameOf(file), place: undefined, code, note: message })));
    }
  };
  // One lot after the other: what comes last lies on the desk, and its findings stay.
  let before: Promise<void> = Promise.resolve();
  let lots = 0;
  const take = async (files: readonly File[]): Promise<void> => {
    lots += 1;
    setLooking(true);
    before = before.then(() => look(files));
    await before;
    lots -= 1;
    setLooking(lots > 0);
  };
  const takeFrom = async (ask: () => Promise<File>): Promise<void> => {
    try {
      await take([await ask()]);
    } catch (error) {
      const { code, message, hint } = wordsOf(error);
      setFindings([{ name: 'file', place: undefined, code, note: `${message}; ${hint}` }]);
    }
  };
  return {
    subject,
    complaints: () => read().complaints,
    wishes: () => read().wishes,
    follow: (param) => {
      setSubject((now) => withLink(now, param));
      // What a link leaves out, or says wrong, is not what lies here.
      setParams(linkParams(untrack(subject)));
    },
    setBoard: (board) => setSubject((now) => ({ ...withItem(now, 'map', undefined), board })),
    setWish,
    take,
    takeFrom,
    remove: (place) => setSubject((now) => withItem(now, place, undefined)),
    removeLog: (log) => setSubject((now) => withoutLog(now, log)),
    findings: () => (isKept() ? findings() : [...findings(), UNKEPT]),
    isLooking,
  };
}

/** The subject with more logs beside those that lie there; where there are too many, the oldest go. */
function withLogs(now: Subject, more: readonly DeskLog[]): Subject {
  const logs = [...(now.items.log?.logs ?? []), ...more].slice(-MOST_LOGS);
  return withItem(now, 'log', logsTogether(logs));
}

function withoutLog(now: Subject, log: DeskLog): Subject {
  const logs = now.items.log?.logs.filter((each) => each !== log) ?? [];
  return withItem(now, 'log', logsTogether(logs));
}

/** Milliseconds after which a browser that is still at it is not trusted to keep the files. */
const SLOW_MS = 10_000;

/** Has all that lies there be kept, one change after the other. @returns whether the files are. */
function createKeeping(first: Subject, subject: Accessor<Subject>, keep: Surroundings['keep']): Accessor<boolean> {
  const [isKept, setKept] = createSignal(true);
  let areFilesKept = true;
  let last: Promise<void> = Promise.resolve();
  const next = async (now: Subject, before: Subject): Promise<void> => {
    const hasNone = Object.keys(now.items).length === 0;
    const slow = setTimeout(() => setKept(hasNone), SLOW_MS);
    const kept = await keep(now, before);
    clearTimeout(slow);
    // Of what was not written nothing new is known.
    if (now.items !== before.items) areFilesKept = kept || hasNone;
    setKept(areFilesKept);
  };
  const then = (now: Subject, before: Subject): void => {
    last = last.then(() => next(now, before));
  };
  createEffect(on(subject, (now, before = first) => then(now, before), { defer: true }));
  return isKept;
}

/** What became of files, the last of which lie where several are of one kind; of logs all do. */
function findingsOf(files: readonly { readonly name: string; readonly found: Recognised }[]): Finding[] {
  return files.map(({ name, found }, at) => {
    const { note, place } = found;
    if (place === undefined) return { name, place, code: found.code, note };
    const later = files.slice(at + 1).findLast((other) => other.found.place === place);
    if (later === undefined || place === 'log') return { name, place, code: undefined, note };
    return { name, place: undefined, code: 'EEXIST', note: `${note}; ${later.name} has taken its place` };
  });
}

/** The longest name that is shown, in characters. */
const LONGEST_NAME = 120;

/** What a file is called, where it is shown: nothing in it turns, hides or breaks what stands around it. */
function nameOf(file: File): string {
  const name = file.name.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '\uFFFD');
  const letters = [...name];
  return letters.length <= LONGEST_NAME ? name : `${letters.slice(0, LONGEST_NAME).join('')}…`;
}

/** Reads files, but for those that are too large for a browser's tab, and those that the browser cannot read. */
async function readAll(files: readonly File[]): Promise<{ read: DeskFile[]; refused: Finding[] }> {
  const read: DeskFile[] = [];
  const refused: Finding[] = [];
  let room = MOST_BYTES;
  const refuse = (name: string, code: string, note: string): void =>
    void refused.push({ name, place: undefined, code, note });
  for (const file of files) {
    const { size } = file;
    const name = nameOf(file);
    if (size > room) {
      refuse(name, 'EFBIG', `${size} bytes; at most ${MOST_BYTES} are read here at once`);
      continue;
    }
    try {
      read.push({ name, bytes: new Uint8Array(await file.arrayBuffer()) });
      room -= size;
    } catch {
      // A folder, or a file that has changed since it was chosen.
      refuse(name, 'EIO', 'it cannot be read: is it a file, and the same as when it was chosen?');
    }
  }
  return { read, refused };
}
