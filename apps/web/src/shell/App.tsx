import {
  createEffect,
  createMemo,
  createSignal,
  ErrorBoundary,
  type JSX,
  on,
  onCleanup,
  onMount,
  Show,
} from 'solid-js';
import type { Restored } from '../desk/keep.ts';
import { takeDropped } from '../features/desk/drop.ts';
import { FailureNote } from '../features/failure/FailureNote.tsx';
import { failureOf } from '../features/failure/model.ts';
import { tries } from '../shared/again.ts';
import { createAddress, routeAt } from './address.ts';
import { createLab } from './lab.ts';
import { Navigation } from './Navigation.tsx';
import { routes } from './routes.tsx';
import './shell.css';

const NAME = 'kexeckit lab';

/** What stands in the place of a page that cannot be shown. */
const unshown = (error: unknown): JSX.Element => (
  <main>
    <FailureNote failure={failureOf(error)} />
  </main>
);

/** The frame around every page, and the lab's state, which stays when the page changes. */
export function App(props: { readonly kept: Restored }): JSX.Element {
  const address = createAddress();
  const lab = createLab(address, props.kept);
  const route = createMemo(() => routeAt(routes, address.path()));
  // A page that did not load is opened once more.
  const shown = createMemo(() => ({ route: route(), tries: tries() }));
  takeDropped(lab.desk.take);
  createEffect(() => {
    document.title = route() === routes[0] ? NAME : `${route().title} – ${NAME}`;
  });
  createEffect(on(tries, () => lab.failure() !== undefined && lab.run(), { defer: true }));
  onCleanup(lab.stop);
  // Frame and page are made in tasks of their own, so that neither is long.
  const [isFramed, setFramed] = createSignal(false);
  onMount(() => setTimeout(() => setFramed(true)));
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
      <Show when={isFramed() && shown()} keyed>
        {({ route: { page } }) => <ErrorBoundary fallback={unshown}>{page({ lab })}</ErrorBoundary>}
      </Show>
    </>
  );
}
