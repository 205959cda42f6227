import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import type { Place, Route } from './route.ts';
import { labServer } from './server.ts';

const CONTENT = new Uint8Array(4 * 2 ** 20);
const PAGE = new Map([['index.html', CONTENT]]);
/** Answers after half a second. */
const slow: Route['answer'] = async (_, response) => {
  await new Promise((resolve) => setTimeout(resolve, 500));
  response.end('slow');
};
const HOST = {
  offers: [],
  placeOf: (path: string): Place => (path === 'slow' ? { GET: { answer: slow } } : {}),
  end: async () => {},
};

/** A server, and the address that it answers to. */
async function listening(stallMs: number) {
  let port = 0;
  const server = labServer(PAGE, HOST, () => ({ port, token: 'token' }), stallMs);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (typeof address === 'object' && address !== null) port = address.port;
  return { server, port, get: `GET / HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n` };
}

test('a client that asks on and on, and reads nothing, is let go', async () => {
  const { server, port, get } = await listening(100);
  const letGo = new Promise<void>((resolve) => {
    server.once('connection', (socket) => socket.once('close', () => resolve()));
  });
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.pause().write(get.repeat(50));
  await letGo;
  socket.destroy();
  server.close();
});

test('a client that reads has all of its answers', async () => {
  const { server, port, get } = await listening(10_000);
  const socket = connect(port, '127.0.0.1');
  socket.write(get.repeat(3));
  let bytes = 0;
  for await (const piece of socket) {
    bytes += piece.length;
    if (bytes > 3 * CONTENT.length) break;
  }
  expect(bytes).toBeGreaterThan(3 * CONTENT.length);
  server.close();
});

test('a client that reads slowly, or waits for a slow answer, has all of it', async () => {
  const { server, port, get } = await listening(200);
  const socket = connect(port, '127.0.0.1');
  socket.write(get.replace('GET /', 'GET /token/slow') + get);
  let bytes = 0;
  for await (const piece of socket) {
    bytes += piece.length;
    if (bytes > CONTENT.length) break;
    // More than the limit for all of it, and less for any piece.
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(bytes).toBeGreaterThan(CONTENT.length);
  server.close();
});
