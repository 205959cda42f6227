import { type Accessor, createSignal, onCleanup } from 'solid-js';

/** The path in the fragment of an address, `/` where there is none: a static page needs no server to serve it. */
export function pathOf(fragment: string): string {
  return fragment.replace(/^#/, '') || '/';
}

/** The path that the address has now; it follows links and the back button. */
export function createPath(): Accessor<string> {
  const read = (): string => pathOf(location.hash);
  const [path, setPath] = createSignal(read());
  const follow = (): void => {
    setPath(read());
    scrollTo(0, 0);
  };
  addEventListener('hashchange', follow);
  onCleanup(() => removeEventListener('hashchange', follow));
  return path;
}

/** The route of a path; the first one for a path that has none. */
export function routeAt<Route extends { readonly path: string }>(
  routes: readonly [Route, ...Route[]],
  path: string,
): Route {
  return routes.find((route) => route.path === path) ?? routes[0];
}
