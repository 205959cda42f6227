import { createEffect, createMemo, type JSX, onCleanup, Show } from 'solid-js';
import { createLab } from './lab.ts';
import { Navigation } from './Navigation.tsx';
import { createPath, routeAt } from './router.ts';
import { routes } from './routes.tsx';
import './shell.css';

const NAME = 'kexeckit lab';

/** The frame around every page, and the lab's state, which stays when the page changes. */
export function App(): JSX.Element {
  const lab = createLab();
  const path = createPath();
  const route = createMemo(() => routeAt(routes, path()));
  createEffect(() => {
    document.title = route() === routes[0] ? NAME : `${route().title} – ${NAME}`;
  });
  onCleanup(lab.stop);
  return (
    <>
      <header class="page-header">
        <div class="masthead">
          <h1>
            kexeckit <span class="quiet">lab</span>
          </h1>
          <Navigation routes={routes} current={route()} />
        </div>
        <p class="lead">{route().lead()}</p>
      </header>
      <Show when={route()} keyed>
        {({ page }) => page({ lab })}
      </Show>
    </>
  );
}
