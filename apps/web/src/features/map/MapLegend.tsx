import { PAGE_SIZE } from '@kexeckit/relocation';
import { For, type JSX, Show } from 'solid-js';
import { bytesText, pagesText } from '../../shared/format.ts';
import { type LegendEntry, lookNames } from './model/legend.ts';
import type { Look } from './model/marks.ts';
import { styles } from './model/scene.ts';
import type { Colour } from './model/theme.ts';
import { createTheme } from './page-theme.ts';

/** What the looks on the map mean, with how much of each there is. */
export function MapLegend(props: { readonly entries: readonly LegendEntry[] }): JSX.Element {
  const theme = createTheme();
  const colour = (name: Colour | undefined): string => (name === undefined ? 'none' : theme()[name]);
  return (
    <ul class="map-legend" aria-label="Legend">
      <For each={props.entries}>
        {({ look, pages }) => (
          <li data-look={look} classList={{ none: pages === 0 }}>
            <Swatch look={look} colour={colour} /> <span>{lookNames[look]}</span>{' '}
            <span class="legend-amount">{amountText(pages)}</span>
          </li>
        )}
      </For>
    </ul>
  );
}

const amountText = (pages: number): string =>
  pages === 0 ? 'none' : `${pagesText(pages)} · ${bytesText(pages * PAGE_SIZE)}`;

function Swatch(props: { readonly look: Look; readonly colour: (name: Colour | undefined) => string }): JSX.Element {
  const style = () => styles[props.look];
  const share = (): number => style().share ?? 1;
  return (
    <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
      <rect
        x="1"
        y={1 + 12 * (1 - share())}
        width="12"
        height={12 * share()}
        fill={style().striped === true ? 'none' : props.colour(style().fill)}
        stroke={props.colour(style().stroke)}
        stroke-width="1.5"
        stroke-dasharray={style().dashed === true ? '3 2' : undefined}
      />
      <Show when={style().striped === true}>
        <path d="M1 6L6 1M1 12L12 1M7 13L13 7" stroke={props.colour(style().fill)} stroke-width="1.5" />
      </Show>
    </svg>
  );
}
