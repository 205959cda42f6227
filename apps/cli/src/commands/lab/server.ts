import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { extname } from 'node:path';
import { send, turnAway } from './answer.ts';
import { admit, type Gate } from './gate.ts';
import type { Host, Place } from './route.ts';

/** What a file of the page is called, and what is in it. */
export type Page = ReadonlyMap<string, Uint8Array>;

/** What the page is made of. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

/** Milliseconds for the head of a request, and for all of it: kernels are sent. */
const HEAD_MS = 5000;
const REQUEST_MS = 120_000;
/** Milliseconds in which a client takes something of an answer that is whole: it is on this machine. */
const STALL_MS = 30_000;
const HEADERS_MAX_BYTES = 8192;
const CONNECTIONS_MAX = 64;

/** A server of the page and its host; the name and the token are known when it listens. */
export function labServer(
  page: Page,
  host: Host,
  named: () => Pick<Gate, 'port' | 'token'>,
  stallMs: number = STALL_MS,
): Server {
  const limits = { headersTimeout: HEAD_MS, requestTimeout: REQUEST_MS, maxHeaderSize: HEADERS_MAX_BYTES };
  const fileOf = (path: string): Place | undefined => filePlace(page, path);
  const placeOf = (path: string): Place | undefined => (path === '' ? fileOf(path) : host.placeOf(path));
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const admission = admit(request, { ...named(), fileOf, placeOf });
    if ('status' in admission) return turnAway(response, admission.status, admission.allow);
    await admission.route.answer(request, response);
  };
  const atWork = new WeakMap<Socket, number>();
  const server = createServer({ ...limits, connectionsCheckingInterval: 1000 }, (request, response) => {
    const { socket } = request;
    atWork.set(socket, (atWork.get(socket) ?? 0) + 1);
    answer(request, response)
      .catch(() => response.destroy())
      .finally(() => atWork.set(socket, (atWork.get(socket) ?? 1) - 1));
  });
  server.maxConnections = CONNECTIONS_MAX;
  // Nothing comes or goes on it: who has all of its answers, and does not take them, is let go.
  server.setTimeout(stallMs, (socket) => {
    if ((atWork.get(socket) ?? 0) === 0) socket.destroy();
  });
  // All that HEADERS_MAX_BYTES hold are looked at: those beyond a number would be left out, and nobody told.
  server.maxHeadersCount = 0;
  // Nothing is read of what is sent in vain.
  server.on('checkContinue', (_, response) => turnAway(response, 413));
  server.on('checkExpectation', (_, response) => turnAway(response, 417));
  return server;
}

/** A file of the page. */
function filePlace(page: Page, path: string): Place | undefined {
  const name = path === '' ? 'index.html' : path;
  const content = page.get(name);
  if (content === undefined) return undefined;
  const type = TYPES[extname(name)] ?? 'application/octet-stream';
  return { GET: { answer: async (_, response) => send(response, type, content) } };
}
