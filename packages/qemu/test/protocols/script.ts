import { type Duplex, duplexPair } from 'node:stream';

/** Turns of the event loop after which nobody says anything more. */
const TURNS = 12;

/** How a stream is cut into pieces: the lengths of the first ones. */
export type Cuts = readonly number[];

/**
 * The other end of a connection, which says one thing after the other, each when something has been asked, however it
 * is cut. When nothing more is asked, or there is nothing more to say, it closes.
 *
 * @param greeting what it says before it is asked.
 */
export function otherEnd(greeting: string, answers: readonly string[], cuts: Cuts, encoding: BufferEncoding): Duplex {
  const [ours, theirs] = duplexPair();
  const left = [...answers];
  let quiet = 0;
  const say = (text: string): void => {
    for (const piece of piecesOf(Buffer.from(text, encoding), cuts)) theirs.write(piece);
  };
  const turn = (): void => {
    quiet += 1;
    if (theirs.destroyed) return;
    if (quiet > TURNS) theirs.destroy();
    else setImmediate(turn);
  };
  theirs.on('error', () => {});
  theirs.on('close', () => ours.destroy());
  theirs.on('data', (asked: Buffer) => {
    quiet = 0;
    // Acknowledgements are no questions.
    if (/^[+]+$/.test(asked.toString('latin1'))) return;
    const answer = left.shift();
    if (answer === undefined) theirs.end();
    else say(answer);
  });
  if (greeting !== '') say(greeting);
  setImmediate(turn);
  return ours;
}

function* piecesOf(bytes: Buffer, cuts: Cuts): Generator<Buffer> {
  let from = 0;
  for (const length of cuts) {
    if (from >= bytes.length) return;
    yield bytes.subarray(from, from + length);
    from += length;
  }
  if (from < bytes.length) yield bytes.subarray(from);
}
