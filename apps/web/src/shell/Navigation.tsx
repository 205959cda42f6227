import { For, type JSX } from 'solid-js';
import type { Route } from './routes.tsx';

/** Links to the pages. */
export function Navigation(props: { readonly routes: readonly Route[]; readonly current: Route }): JSX.Element {
  return (
    <nav aria-label="Pages">
      <For each={props.routes}>
        {(route) => (
          <a href={`#${route.path}`} aria-current={route === props.current ? 'page' : undefined}>
            {route.title}
          </a>
        )}
      </For>
    </nav>
  );
}
