import { For, type JSX } from 'solid-js';
import { bytesText, rangeText } from '../../shared/format.ts';
import type { Mark } from './model/marks.ts';
import type { MapModel } from './model/model.ts';
import { rangeBytes } from './model/ranges.ts';

/** What the next kernel finds, by address: choosing a segment shows it on the map. */
export function Segments(props: {
  readonly model: MapModel;
  readonly chosen: string | undefined;
  readonly onChoose: (id: string) => void;
}): JSX.Element {
  const segments = (): readonly Mark[] => props.model.marks.filter(({ lane }) => lane === 'destination');
  return (
    <ul class="map-segments" aria-label="Destinations">
      <For each={segments()}>
        {(mark) => (
          <li data-segment={mark.name}>
            <button
              type="button"
              aria-pressed={props.chosen === mark.id}
              title="Show it on the map"
              onClick={() => props.onChoose(mark.id)}
            >
              {mark.name}
            </button>{' '}
            <code>{rangeText(mark)}</code> <span class="quiet">{bytesText(rangeBytes(mark))}</span>
          </li>
        )}
      </For>
    </ul>
  );
}
