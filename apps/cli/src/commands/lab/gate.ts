import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What is known of a request before anything of it is looked up. */
export interface Knock {
  readonly method?: string | undefined;
  /** As it stands in the request line. */
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** What the server answers to by name, and the word that every address of it begins with. */
export interface Gate {
  readonly port: number;
  readonly token: string;
}

/** A status that turns somebody away. */
export type Refusal = 400 | 403 | 404 | 405 | 413 | 421;

/**
 * What a request asks for, as a path without the token, or the status that turns it away: another name for this host than its own
 * (a name that was bound anew to this address), another page's request, a token that is wrong, a body.
 */
export function admit({ method, url = '', headers }: Knock, { port, token }: Gate): string | Refusal {
  if (![`127.0.0.1:${port}`, `localhost:${port}`].includes(headers.host ?? '')) return 421;
  if (isForeign(headers)) return 403;
  const [path = ''] = url.split('?');
  const [, given = '', ...rest] = path.split('/');
  if (!path.startsWith('/') || !isSame(given, token) || rest.length === 0) return 404;
  if (method !== 'GET' && method !== 'HEAD') return 405;
  if (hasBody(headers)) return 413;
  return rest.join('/');
}

/** Whether a page of another origin asks; a person who follows a link, or types the address, is none. */
function isForeign({ host, origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode }: IncomingHttpHeaders): boolean {
  if (origin !== undefined && origin !== `http://${host}`) return true;
  return site !== undefined && !['same-origin', 'none'].includes(String(site)) && mode !== 'navigate';
}

const hasBody = (headers: IncomingHttpHeaders): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;

/** Compares in a time that says nothing of where they differ. */
function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}
