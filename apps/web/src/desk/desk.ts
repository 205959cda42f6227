import { type Accessor, createEffect, createMemo, createSignal, on, untrack } from 'solid-js';
import { wordsOf } from '../shared/words.ts';
import type { BoardName } from './boards.ts';
import { keepSubject } from './keep.ts';
import { linkParams, withLink } from './link.ts';
import type { Recognised } from './recognise.ts';
import { type DeskFile, MOST_BYTES, type Place, type Subject, withItem } from './subject.ts';
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
  /** What became of the last files. */
  readonly findings: Accessor<readonly Finding[]>;
  /** Whether files are being looked at. */
  readonly isLooking: Accessor<boolean>;
}

/** What a desk needs of the page around it. */
export interface Surroundings {
  readonly recognise: (files: readonly DeskFile[]) => Promise<readonly Recognised[]>;
  readonly setParams: (params: ReadonlyMap<string, string | undefined>) => void;
}

/** A desk with this on it, which is kept in the address and in the browser. */
export function createDesk(first: Subject, { recognise, setParams }: Surroundings): Desk {
  const [subject, setSubject] = createSignal(first);
  const [findings, setFindings] = createSignal<readonly Finding[]>([]);
  const [isLooking, setLooking] = createSignal(false);
  const read = createMemo(() => readWishes(subject().wishes));
  createEffect(() => setParams(linkParams(subject())));
  createEffect(on(subject, (now) => void keepSubject(now), { defer: true }));
  const setWish = (name: WishName, text: string): void => {
    setSubject((now) => ({ ...now, wishes: { ...now.wishes, [name]: text } }));
  };
  const put = (found: Recognised): void => {
    if (found.place === undefined) return;
    if (found.place === 'cmdline') setWish('cmdline', found.text);
    else setSubject((now) => withItem(now, found.place, found.item));
  };
  const take = async (files: readonly File[]): Promise<void> => {
    setLooking(true);
    try {
      const { small, large } = await readAll(files);
      const found = await recognise(small);
      for (const each of found) put(each);
      setFindings([...found.map((each, at) => findingOf(small[at]?.name ?? '', each)), ...large]);
    } catch (error) {
      const { code, message } = wordsOf(error);
      setFindings(files.map(({ name }) => ({ name, place: undefined, code, note: message })));
    } finally {
      setLooking(false);
    }
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
    findings,
    isLooking,
  };
}

const findingOf = (name: string, found: Recognised): Finding => ({
  name,
  place: found.place,
  code: found.place === undefined ? found.code : undefined,
  note: found.note,
});

/** Reads files, but for those that are too large for a browser's tab. */
async function readAll(files: readonly File[]): Promise<{ small: DeskFile[]; large: Finding[] }> {
  const small: DeskFile[] = [];
  const large: Finding[] = [];
  for (const file of files) {
    const { name, size } = file;
    if (size <= MOST_BYTES) small.push({ name, bytes: new Uint8Array(await file.arrayBuffer()) });
    else
      large.push({ name, place: undefined, code: 'EFBIG', note: `${size} bytes; at most ${MOST_BYTES} are read here` });
  }
  return { small, large };
}
