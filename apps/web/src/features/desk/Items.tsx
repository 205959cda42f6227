import { For, type JSX, Show } from 'solid-js';
import type { Finding } from '../../desk/desk.ts';
import { type DeskItems, type Place, placeNames } from '../../desk/subject.ts';
import { pickKeys } from '../../shared/keys.ts';

/** What lies on the desk, each with a way to take it away, and what became of the last files. */
export function Items(props: {
  readonly items: Partial<DeskItems>;
  readonly findings: readonly Finding[];
  readonly onRemove: (place: Place) => void;
}): JSX.Element {
  const places = (): Place[] => pickKeys(placeNames).filter((place) => props.items[place] !== undefined);
  return (
    <>
      <Show when={places().length > 0}>
        <ul class="items" aria-label="On the desk">
          <For each={places()}>
            {(place) => (
              <li data-place={place}>
                <span class="quiet">{placeNames[place]}</span> <strong>{props.items[place]?.name}</strong>
                <button
                  type="button"
                  class="plain"
                  aria-label={`Take the ${placeNames[place]} away`}
                  onClick={() => props.onRemove(place)}
                >
                  ×
                </button>
              </li>
            )}
          </For>
        </ul>
      </Show>
      <ul class="findings" aria-live="polite" aria-label="What the files are">
        <For each={props.findings}>
          {({ name, place, code, note }) => (
            <li classList={{ refused: place === undefined }}>
              <strong>{name}</strong> <Show when={code}>{(why) => <code>{why()}</code>}</Show> {note}
            </li>
          )}
        </For>
      </ul>
    </>
  );
}
