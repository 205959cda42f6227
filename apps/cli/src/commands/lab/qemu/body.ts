import type { IncomingMessage } from 'node:http';

/**
 * The body of a request, whose length was told and is not too large; undefined where it does not come to its end.
 *
 * @param silenceMs milliseconds for which nothing may come.
 */
export function readBody(request: IncomingMessage, silenceMs: number): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = [];
  return new Promise((resolve) => {
    const settle = (body: Uint8Array | undefined): void => {
      clearTimeout(timer);
      request.off('data', take);
      resolve(body);
    };
    const broken = (): void => settle(undefined);
    let timer = setTimeout(broken, silenceMs);
    const take = (piece: Uint8Array): void => {
      clearTimeout(timer);
      timer = setTimeout(broken, silenceMs);
      pieces.push(piece);
    };
    request.on('data', take);
    request.once('end', () => settle(Buffer.concat(pieces)));
    request.once('error', broken);
    request.once('close', broken);
  });
}
