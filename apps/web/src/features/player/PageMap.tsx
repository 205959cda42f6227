import { createEffect, createMemo, createSignal, For, type JSX, onCleanup, onMount, Show } from 'solid-js';
import { count, pagesText } from '../../shared/format.ts';
import { pickKeys } from '../../shared/keys.ts';
import { drawPages } from './draw.ts';
import { type CopiedPages, pageStates } from './facts.ts';
import { pageCounts, pageWords } from './model.ts';

const HEIGHT = 132;
const names = pickKeys(pageStates);

/** Pages on their way: sources above, destinations below, each from low to high addresses. */
export function PageMap(props: { readonly pages: CopiedPages; readonly states: Uint8Array }): JSX.Element {
  let canvas: HTMLCanvasElement | undefined;
  const [width, setWidth] = createSignal(0);
  const [looks, setLooks] = createSignal(0);
  const counts = createMemo(() => pageCounts(props.states));
  const label = (): string =>
    names
      .filter((name) => counts()[name] > 0)
      .map((name) => `${pagesText(counts()[name])} ${pageWords[name]}`)
      .join('; ');
  onMount(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    if (canvas !== undefined) observer.observe(canvas);
    const media = ['(prefers-color-scheme: dark)', '(forced-colors: active)'].map((query) => matchMedia(query));
    const again = (): void => void setLooks(looks() + 1);
    for (const each of media) each.addEventListener('change', again);
    onCleanup(() => {
      observer.disconnect();
      for (const each of media) each.removeEventListener('change', again);
    });
  });
  createEffect(() => {
    looks();
    if (canvas !== undefined && width() > 0)
      drawPages(canvas, { width: width(), height: HEIGHT }, props.pages, props.states);
  });
  return (
    <section class="page-map" aria-labelledby="pages-title">
      <h2 id="pages-title">
        Pages <span class="quiet">{pagesText(props.pages.sources.length)} to copy</span>
      </h2>
      <Show when={props.pages.sources.length > 0}>
        <p class="strip-label quiet">Sources, from low to high addresses</p>
        <canvas
          ref={(element) => {
            canvas = element;
          }}
          role="img"
          aria-label={label()}
        />
        <p class="strip-label quiet">Destinations</p>
        <ul class="legend-row">
          <For each={names}>
            {(name) => (
              <li data-pages={name}>
                <span class="swatch" data-state={name} /> {pageWords[name]} <b>{count(counts()[name])}</b>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </section>
  );
}
