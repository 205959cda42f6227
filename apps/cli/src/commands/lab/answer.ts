import type { ServerResponse } from 'node:http';
import type { Refusal } from './gate.ts';

const TEXT = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json';

/** Nothing but the page's own files; WebAssembly is compiled. Nobody may frame it, or be told where it was. */
export const POLICY: Readonly<Record<string, string>> = {
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

/** What is wrong with a request, for the page to show. */
export interface Complaint {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** Turns somebody away, and lets it go: what it still sends is not read. */
export function turnAway(response: ServerResponse, status: Refusal, allow: readonly string[] = []): void {
  response
    .writeHead(status, { ...POLICY, ...(status === 405 && { allow: allow.join(', ') }), connection: 'close' })
    .end();
  response.once('finish', () => response.socket?.destroySoon());
}

/** Answers with all of something. */
export function send(response: ServerResponse, type: string, content: Uint8Array): void {
  response.writeHead(200, { ...POLICY, 'content-type': type, 'content-length': content.length });
  response.end(content);
}

/** The same with a text. */
export const sendText = (response: ServerResponse, text: string): void => send(response, TEXT, Buffer.from(text));

/** Answers with something that programs read. */
export function sendJson(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { ...POLICY, 'content-type': JSON_TYPE }).end(JSON.stringify(value));
}

/** Answers that something cannot be done, and why. */
export const complain = (response: ServerResponse, status: number, error: Complaint): void =>
  sendJson(response, status, { error });

/** Answers that it is done. */
export function done(response: ServerResponse): void {
  response.writeHead(204, POLICY).end();
}
