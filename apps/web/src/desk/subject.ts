import type { BoardName } from './boards.ts';
import { defaultWishes, type WishTexts } from './wishes.ts';

/** A text that lies on the desk, and what it is called. */
export interface DeskText {
  readonly name: string;
  readonly text: string;
}

/** A file of bytes that lies on the desk, and what it is called. */
export interface DeskFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A log that lies on the desk: text in UTF-8, which whoever wants it reads bit by bit. */
export interface DeskLog {
  readonly name: string;
  readonly file: Blob;
}

/** Logs that lie on the desk together, the latest last; of several of one name all but the first are numbered. */
export interface DeskLogs {
  /** What they are called together. */
  readonly name: string;
  readonly logs: readonly DeskLog[];
}

/** What can lie on the desk beside a board's map; each place holds one thing. */
export interface DeskItems {
  /** `/proc/iomem` of a machine, in the place of the board's. */
  readonly map: DeskText;
  readonly kernel: DeskFile;
  readonly initrd: DeskFile;
  readonly dtb: DeskFile;
  /** What a machine takes, as `kexeckit timeline --fit` writes it. */
  readonly profile: DeskText;
  /** A saved plan. */
  readonly plan: DeskText;
  /** Console or kernel logs. */
  readonly log: DeskLogs;
}

/** A place on the desk. */
export type Place = keyof DeskItems;

/** Everything that the lab's pages start from: plain data, which a worker can be sent and a browser can keep. */
export interface Subject {
  readonly board: BoardName;
  readonly items: Partial<DeskItems>;
  /** What was typed and ticked, as it stands there: it may be wrong. */
  readonly wishes: WishTexts;
}

/** What the lab opens with. */
export const firstSubject: Subject = { board: 'broadcom_stingray_bcm958742k', items: {}, wishes: defaultWishes };

/** What each place holds, in words. */
export const placeNames: Readonly<Record<Place, string>> = {
  map: 'memory map',
  kernel: 'kernel',
  initrd: 'initramfs',
  dtb: 'device tree',
  profile: 'profile',
  plan: 'saved plan',
  log: 'log',
};

/** The subject with one more thing on its place, or with the place empty. */
export function withItem<P extends Place>(subject: Subject, place: P, item: DeskItems[P] | undefined): Subject {
  const { [place]: _, ...others } = subject.items;
  return { ...subject, items: item === undefined ? others : { ...others, [place]: item } };
}

/** A name that is not taken: `a.log`, `a.log (2)`, `a.log (3)`. */
function nameBeside(taken: ReadonlySet<string>, name: string): string {
  const plain = name.replace(/ \(\d+\)$/, '');
  let free = name;
  for (let times = 2; taken.has(free); times++) free = `${plain} (${times})`;
  return free;
}

/** These logs together; undefined for none. */
export function logsTogether(logs: readonly DeskLog[]): DeskLogs | undefined {
  const taken = new Set<string>();
  const named = logs.map((log) => {
    const name = nameBeside(taken, log.name);
    taken.add(name);
    return name === log.name ? log : { ...log, name };
  });
  const last = named.at(-1);
  if (last === undefined) return undefined;
  return { name: named.length === 1 ? last.name : `${last.name} and ${named.length - 1} more`, logs: named };
}

/** Logs that lie on the desk at once: more than anybody compares. */
export const MOST_LOGS = 24;

/** The largest file that is read, and the most that one is unpacked to, in bytes: a browser's tab holds several copies of a kernel. */
export const MOST_BYTES: number = 2 ** 29;
