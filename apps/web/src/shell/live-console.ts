import { askHost, QEMU } from '../desk/host.ts';
import { type Words, wordsOf } from '../shared/words.ts';

/** Where machines are asked for. */
export const RUNS: string = `${QEMU}/runs`;

/** What is sent there has no other type. */
export const BYTES: Readonly<Record<string, string>> = { 'content-type': 'application/octet-stream' };

/** Characters of the console that are kept for a page that comes back. */
const CONSOLE_MAX = 2 ** 20;
/** Bytes that are typed at once, and characters that wait for being typed. */
const TYPED_MAX = 4096;
const WAITING_MAX = 2 ** 16;

/** Milliseconds after which a machine is typed to again that has not read what was typed before. */
const AGAIN_MS = 250;

/** Types on a machine's console, one piece after the other. @param complain is told what did not come to it, or that all does. */
export function newTypist(id: string, complain: (words: Words | undefined) => void): (text: string) => void {
  let waiting = '';
  let isBusy = false;
  const send = async (piece: string): Promise<void> => {
    try {
      await askHost(`${RUNS}/${id}/input`, { method: 'POST', headers: BYTES, body: new Blob([piece]) });
      waiting = waiting.slice(piece.length);
      complain(undefined);
    } catch (error) {
      const words = wordsOf(error);
      complain(words);
      if (words.code === 'EAGAIN') await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      else waiting = '';
    }
  };
  const work = async (): Promise<void> => {
    isBusy = true;
    while (waiting !== '') await send(firstPiece(waiting));
    isBusy = false;
  };
  return (text) => {
    if (waiting.length + text.length > WAITING_MAX)
      return complain({
        code: 'EAGAIN',
        message: 'that is more than the machine has read so far',
        hint: 'wait until it has',
      });
    waiting += text;
    if (!isBusy) void work();
  };
}

/** What is typed at once: whole characters. */
function firstPiece(text: string): string {
  // A unit of UTF-16 takes three bytes of UTF-8 at most.
  const piece = text.slice(0, Math.floor(TYPED_MAX / 3));
  const isCut = piece.length < text.length && /[\uD800-\uDBFF]$/.test(piece);
  return isCut ? piece.slice(0, -1) : piece;
}

/** What a console has shown, for who comes later too. */
export interface KeptConsole {
  readonly write: (text: string) => void;
  readonly clear: () => void;
  /** What is kept. */
  readonly text: () => string;
  /** Shows everything so far, and from then on what is written. @returns ends that. */
  readonly follow: (show: (text: string) => void, clear: () => void) => () => void;
}

/** What a console has shown: its end, where it is long. */
export function newConsole(): KeptConsole {
  let kept: string[] = [];
  let size = 0;
  let watcher: { show: (text: string) => void; clear: () => void } | undefined;
  return {
    write: (text) => {
      kept.push(text);
      size += text.length;
      while (size > CONSOLE_MAX && kept.length > 1) size -= kept.shift()?.length ?? 0;
      watcher?.show(text);
    },
    clear: () => {
      kept = [];
      size = 0;
      watcher?.clear();
    },
    text: () => kept.join(''),
    follow: (show, clear) => {
      const mine = { show, clear };
      watcher = mine;
      for (const text of kept) show(text);
      return () => {
        if (watcher === mine) watcher = undefined;
      };
    },
  };
}
