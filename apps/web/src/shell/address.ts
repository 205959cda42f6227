import { type Accessor, batch, createSignal, onCleanup, untrack } from 'solid-js';

/** What the fragment of an address says: a static page needs no server to serve its pages. */
export interface Place {
  /** `/` where there is none. */
  readonly path: string;
  readonly params: ReadonlyMap<string, string>;
}

/** Reads a fragment: `#/tables?va=0x1000`. */
export function placeOf(fragment: string): Place {
  const [path = ''] = fragment.replace(/^#/, '').split('?', 1);
  // All that follows: a value may hold a question mark.
  const query = fragment.replace(/^#?[^?]*\??/, '');
  return { path: path || '/', params: new Map(new URLSearchParams(query)) };
}

/** The longest value that is kept, in characters: browsers load no page whose address has millions. */
const LONGEST_VALUE = 2 ** 16;

/** Writes a fragment, without what is too long for an address. */
export function fragmentOf({ path, params }: Place): string {
  const query = new URLSearchParams([...params].filter(([, { length }]) => length <= LONGEST_VALUE)).toString();
  return `#${path}${query === '' ? '' : `?${query}`}`;
}

/** Where the page is, and what of its view the address keeps. */
export interface Address {
  readonly path: Accessor<string>;
  /** What follows `?` under a name. */
  readonly param: (name: string) => string | undefined;
  /** Keeps values in the address; undefined takes one out. It makes no entry in the history. */
  readonly setParams: (params: ReadonlyMap<string, string | undefined>) => void;
  /** The whole of it, with what was kept a moment ago. */
  readonly link: () => string;
  /** Tells whenever a link, or the back button, leads to a place that says more than its page. */
  readonly onArrival: (tell: () => void) => void;
}

/** Milliseconds that changes are collected for: browsers refuse more than some hundred a minute. */
const REST_MS = 250;
const LATER_MS = 5000;

/** The address of this page; it follows links and the back button. */
export function createAddress(): Address {
  const [place, setPlace] = createSignal(placeOf(location.hash));
  const told: (() => void)[] = [];
  let pending: ReturnType<typeof setTimeout> | undefined;
  const follow = (): void => {
    const before = place();
    const next = placeOf(location.hash);
    // A link names a page alone: what the address kept goes along.
    const params = next.params.size === 0 ? before.params : next.params;
    batch(() => {
      show({ path: next.path, params });
      if (params === next.params) for (const tell of told) tell();
    });
    if (next.path !== before.path) scrollTo(0, 0);
  };
  const show = (next: Place): void => {
    setPlace(next);
    pending ??= setTimeout(write, REST_MS);
  };
  const write = (): void => {
    clearTimeout(pending);
    pending = undefined;
    const fragment = fragmentOf(untrack(place));
    if (fragment === location.hash) return;
    try {
      history.replaceState(null, '', fragment);
    } catch {
      // So many at once that the browser refuses more for a while.
      pending = setTimeout(write, LATER_MS);
    }
  };
  const setParams = (changes: ReadonlyMap<string, string | undefined>): void => {
    const { path, params } = untrack(place);
    const next = new Map(params);
    for (const [name, value] of changes) {
      if (value === undefined) next.delete(name);
      else next.set(name, value);
    }
    show({ path, params: next });
  };
  // Back leads to the entry that is left: it is to say what was typed last.
  const onClick = ({ target }: MouseEvent): void => {
    if (target instanceof Element && target.closest('a') !== null) write();
  };
  addEventListener('click', onClick, { capture: true });
  addEventListener('hashchange', follow);
  addEventListener('pagehide', write);
  onCleanup(() => {
    removeEventListener('click', onClick, { capture: true });
    removeEventListener('hashchange', follow);
    removeEventListener('pagehide', write);
  });
  return {
    path: () => place().path,
    param: (name) => place().params.get(name),
    setParams,
    link: () => {
      write();
      return new URL(fragmentOf(untrack(place)), location.href).href;
    },
    onArrival: (tell) => void told.push(tell),
  };
}

/** The route of a path; the first one for a path that has none. */
export function routeAt<Route extends { readonly path: string }>(
  routes: readonly [Route, ...Route[]],
  path: string,
): Route {
  return routes.find((route) => route.path === path) ?? routes[0];
}
