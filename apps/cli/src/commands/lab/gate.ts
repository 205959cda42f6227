import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Method, Place, Route } from './route.ts';

/** What is known of a request before anything of it is looked up. */
export interface Knock {
  readonly method?: string | undefined;
  /** As it stands in the request line. */
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** The same with all that was told more than once, of which `headers` has the first. */
  readonly headersDistinct: NodeJS.Dict<string[]>;
}

/** What the server answers to by name, and what there is. */
export interface Gate {
  readonly port: number;
  /** The word that addresses of the host begin with. */
  readonly token: string;
  /** Files of the page, which are no secret: their addresses can be kept and passed on. */
  readonly fileOf: (path: string) => Place | undefined;
  /** What is behind the word: the page's own address, and all that there is of the host. */
  readonly placeOf: (path: string) => Place | undefined;
}

/** A status that turns somebody away. */
export type Refusal = 400 | 403 | 404 | 405 | 408 | 411 | 413 | 415 | 417 | 421 | 429;

/** Who is let in, and to what; or the status that turns it away, and the methods that would not be. */
export type Admission = { readonly route: Route } | { readonly status: Refusal; readonly allow?: readonly string[] };

/**
 * What a request asks for, or the status that turns it away: two of what is to be told once, another name for this host than its own
 * (a name that was bound anew to this address), another page's request, what is behind a token that is wrong, a body where there is none to be, or
 * one that is too large or does not tell its length. What changes something needs more than no sign of another page: the origin must
 * be told, and be this one.
 */
export function admit(
  { method = '', url = '', headers, headersDistinct }: Knock,
  { port, token, fileOf, placeOf }: Gate,
): Admission {
  if (DECISIVE.some((name) => (headersDistinct[name]?.length ?? 0) > 1)) return { status: 400 };
  if (![`127.0.0.1:${port}`, `localhost:${port}`].includes(headers.host ?? '')) return { status: 421 };
  if (isForeign(headers)) return { status: 403 };
  const [path = ''] = url.split('?');
  const [, given = '', ...rest] = path.split('/');
  if (!path.startsWith('/')) return { status: 404 };
  const isKnown = rest.length > 0 && isSame(given, token);
  const place = isKnown ? placeOf(rest.join('/')) : fileOf(path.slice(1));
  if (place === undefined) return { status: 404 };
  const asked = method === 'HEAD' ? 'GET' : method;
  const route = isMethod(asked) ? place[asked] : undefined;
  if (route === undefined) return { status: 405, allow: allowed(place) };
  if (asked !== 'GET' && headers.origin === undefined) return { status: 403 };
  const status = refusedBody(headers, route);
  return status === undefined ? { route } : { status };
}

/** What is told once, or not at all (RFC 9110, 7.2 and 5.3): who is let in by one would be turned away by the other. */
const DECISIVE = ['host', 'origin', 'sec-fetch-site', 'sec-fetch-mode', 'content-type', 'content-length'] as const;

/** Whether a page of another origin asks; a person who follows a link, or types the address, is none. */
function isForeign({ host, origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode }: IncomingHttpHeaders): boolean {
  if (origin !== undefined && origin !== `http://${host}`) return true;
  return site !== undefined && !['same-origin', 'none'].includes(String(site)) && mode !== 'navigate';
}

const isMethod = (method: string): method is Method => method === 'GET' || method === 'POST' || method === 'DELETE';

const allowed = (place: Place): string[] =>
  Object.keys(place).flatMap((each) => (each === 'GET' ? ['GET', 'HEAD'] : each));

function refusedBody(headers: IncomingHttpHeaders, { bodyBytes }: Route): Refusal | undefined {
  const { 'transfer-encoding': encoding, 'content-length': length } = headers;
  if (bodyBytes === undefined) return encoding !== undefined || Number(length ?? 0) !== 0 ? 413 : undefined;
  if (encoding !== undefined || length === undefined) return 411;
  return Number(length) <= bodyBytes ? undefined : 413;
}

/** Compares in a time that says nothing of where they differ. */
function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}
