import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';

/**
 * The body of a request, whose length was told and is not too large; undefined where it does not come to its end.
 *
 * @param silenceMs milliseconds for which nothing may come.
 */
export const readBody = (request: IncomingMessage, silenceMs: number): Promise<Uint8Array | undefined> =>
  readStream(request, Number(request.headers['content-length']), silenceMs);

/** So many bytes of a stream, which stand in memory once; undefined where there are less or more, or they do not come. */
export async function readStream(stream: Readable, length: number, silenceMs: number): Promise<Uint8Array | undefined> {
  const bytes = new Uint8Array(length);
  let at = 0;
  const isWhole = await hear(stream, silenceMs, (piece) => {
    if (at + piece.length <= length) bytes.set(piece, at);
    at += piece.length;
  });
  return isWhole && at === length ? bytes : undefined;
}

/** The same where nothing of it is kept: whether it comes to its end. */
export const passOver = (request: IncomingMessage, silenceMs: number): Promise<boolean> =>
  hear(request, silenceMs, () => {});

function hear(stream: Readable, silenceMs: number, keep: (piece: Uint8Array) => void): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (isWhole: boolean): void => {
      clearTimeout(timer);
      stream.off('data', take);
      resolve(isWhole);
    };
    const broken = (): void => settle(false);
    let timer = setTimeout(broken, silenceMs);
    const take = (piece: Uint8Array): void => {
      clearTimeout(timer);
      timer = setTimeout(broken, silenceMs);
      keep(piece);
    };
    stream.on('data', take);
    stream.once('end', () => settle(true));
    stream.once('error', broken);
    stream.once('close', broken);
  });
}
