import { addAbortSignal, type Readable } from 'node:stream';
import { UsageError } from '../error.ts';

/** What stands for standard input in the place of a file. */
export const STDIN = '-';

/** Standard input of one command line, which can name it once. */
export interface StandardInput {
  /**
   * All of it, or `undefined` where it has more than `most` bytes.
   *
   * @param what how the command line calls it: an option, or `the plan`.
   * @throws UsageError on a terminal, and where it was read for something else.
   */
  readonly read: (what: string, most: number, signal?: AbortSignal) => Promise<Uint8Array | undefined>;
  /**
   * The stream itself, for somebody who follows it.
   *
   * @param what who that is.
   * @throws UsageError where it was read for something else.
   */
  readonly keyboard: (what: string) => Keyboard;
}

/** Somebody who types, or a pipe. */
export interface Keyboard extends Readable {
  readonly isTTY?: boolean | undefined;
  /** Hands on every key as it is pressed. */
  readonly setRawMode?: (isRaw: boolean) => unknown;
}

/** @param open gives the stream; it is not asked before somebody reads, because what is opened has to be closed. */
export function standardInput(open: () => Keyboard): StandardInput {
  let reader: string | undefined;
  const take = (what: string): Keyboard => {
    if (reader !== undefined)
      throw new UsageError(
        'EINVAL',
        `${what} is standard input, which ${reader} has read`,
        'give a file for one of both',
      );
    reader = what;
    return open();
  };
  return {
    keyboard: take,
    read: async (what, most, signal) => {
      const source = take(what);
      if (source.isTTY)
        throw new UsageError('EINVAL', `${what} is standard input, which is a terminal`, 'give a file, or a pipe');
      return await readUpTo(signal ? addAbortSignal(signal, source) : source, most);
    },
  };
}

/** Leaving the loop early closes the stream. */
async function readUpTo(source: Readable, most: number): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = [];
  let total = 0;
  for await (const piece of source) {
    const bytes: Uint8Array = Buffer.from(piece);
    total += bytes.length;
    if (total > most) return undefined;
    pieces.push(bytes);
  }
  return new Uint8Array(Buffer.concat(pieces));
}
