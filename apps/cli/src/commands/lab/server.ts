import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { admit, type Gate } from './gate.ts';

/** What a file of the page is called, and what is in it. */
export type Page = ReadonlyMap<string, Uint8Array>;

/** What the host offers to the page: texts that are made when they are asked for. */
export type Offers = ReadonlyMap<string, () => Promise<string>>;

/** What the page is made of. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};
const TEXT = 'text/plain; charset=utf-8';

/** Nothing but the page's own files; WebAssembly is compiled. Nobody may frame it, or be told where it was. */
const POLICY: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "connect-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

/** Milliseconds for the head of a request, and for all of it; nothing long is ever sent here. */
const HEAD_MS = 5000;
const REQUEST_MS = 10_000;
const HEADERS_MAX_BYTES = 8192;
const CONNECTIONS_MAX = 64;

/** A server of the page; the gate is known when it listens. */
export function labServer(page: Page, offers: Offers, gate: () => Gate): Server {
  const limits = { headersTimeout: HEAD_MS, requestTimeout: REQUEST_MS, maxHeaderSize: HEADERS_MAX_BYTES };
  const server = createServer({ ...limits, connectionsCheckingInterval: 1000 }, (request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.maxConnections = CONNECTIONS_MAX;
  // Nothing is read of what is sent in vain.
  server.on('checkContinue', (_, response) => end(response, 413));
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const asked = admit(request, gate());
    if (typeof asked === 'number') return end(response, asked);
    const isHead = request.method === 'HEAD';
    const offer = offers.get(asked);
    if (offer !== undefined) return send(response, TEXT, Buffer.from(await offer()), isHead);
    const name = asked === '' ? 'index.html' : asked;
    const content = page.get(name);
    if (content === undefined) return end(response, 404);
    send(response, TYPES[extname(name)] ?? 'application/octet-stream', content, isHead);
  };
  return server;
}

/** Whoever is turned away is let go: what it still sends is not read. */
function end(response: ServerResponse, status: number): void {
  const allow = status === 405 ? { allow: 'GET, HEAD' } : {};
  response.writeHead(status, { ...POLICY, ...allow, connection: 'close' }).end();
  response.once('finish', () => response.socket?.destroySoon());
}

function send(response: ServerResponse, type: string, content: Uint8Array, isHead: boolean): void {
  response.writeHead(200, { ...POLICY, 'content-type': type, 'content-length': content.length });
  response.end(isHead ? undefined : content);
}
