import type { IncomingMessage } from 'node:http';

/**
 * The body of a request, whose length was told and is not too large; undefined where it does not come to its end.
 *
 * @param silenceMs milliseconds for which nothing may come.
 */
export async function readBody(request: IncomingMessage, silenceMs: number): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = [];
  const isWhole = await hear(request, silenceMs, (piece) => pieces.push(piece));
  return isWhole ? Buffer.concat(pieces) : undefined;
}

/** The same where nothing of it is kept: whether it comes to its end. */
export const passOver = (request: IncomingMessage, silenceMs: number): Promise<boolean> =>
  hear(request, silenceMs, () => {});

function hear(request: IncomingMessage, silenceMs: number, keep: (piece: Uint8Array) => void): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (isWhole: boolean): void => {
      clearTimeout(timer);
      request.off('data', take);
      resolve(isWhole);
    };
    const broken = (): void => settle(false);
    let timer = setTimeout(broken, silenceMs);
    const take = (piece: Uint8Array): void => {
      clearTimeout(timer);
      timer = setTimeout(broken, silenceMs);
      keep(piece);
    };
    request.on('data', take);
    request.once('end', () => settle(true));
    request.once('error', broken);
    request.once('close', broken);
  });
}
