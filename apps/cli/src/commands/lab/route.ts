import type { IncomingMessage, ServerResponse } from 'node:http';

/** What is answered to one method at one address. */
export interface Route {
  /** Bytes that a request may bring along; none where it may bring nothing. */
  readonly bodyBytes?: number;
  readonly answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

/** What can be asked at an address: a route for each method; undefined where nothing is there. */
export type Place = Readonly<Partial<Record<Method, Route>>>;

/** What is ever asked. */
export type Method = 'GET' | 'POST' | 'DELETE';

/** What the host offers to its page beyond the page's files. */
export interface Host {
  /** What the page is told that there is: `host/iomem`. */
  readonly offers: readonly string[];
  readonly placeOf: (path: string) => Place | undefined;
  /** Ends what the page has started. */
  readonly end: () => Promise<void>;
}
