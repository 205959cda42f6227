import { PAGE_SIZE } from '@kexeckit/relocation';
import { For, type JSX, Show } from 'solid-js';
import { bytesText, pagesText } from '../../shared/format.ts';
import { lookClass } from './model/item.ts';
import { emptyLegend, type LegendEntry } from './model/legend.ts';

/** What the looks on the map mean, with how much of each there is. */
export function Legend(props: { readonly entries: readonly LegendEntry[] | undefined }): JSX.Element {
  return (
    <ul class="legend">
      <For each={props.entries ?? emptyLegend}>
        {(entry) => (
          <li data-kind={entry.kind} classList={{ none: entry.pages === 0 }}>
            <span class={`swatch ${lookClass(entry.kind)}`} aria-hidden="true" />
            <span class="legend-label">{entry.label}</span>
            <span class="legend-count">
              <Show when={entry.pages !== undefined} fallback={<span class="skeleton">0,000 pages</span>}>
                {amount(entry.pages ?? 0)}
              </Show>
            </span>
          </li>
        )}
      </For>
    </ul>
  );
}

const amount = (pages: number): string =>
  pages === 0 ? 'none' : `${pagesText(pages)} · ${bytesText(pages * PAGE_SIZE)}`;
