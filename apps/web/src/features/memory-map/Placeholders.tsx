import { For, type JSX } from 'solid-js';

/** Rows that the page keeps free while there is no machine yet. */
const ROWS = [0, 1, 2, 3];

/** As high as the map will be. */
export function PlaceholderRows(): JSX.Element {
  return (
    <>
      <PlaceholderZoom />
      <For each={ROWS}>{() => <PlaceholderRow />}</For>
    </>
  );
}

/** As high as the magnified destinations will be. */
export function PlaceholderZoom(): JSX.Element {
  return (
    <>
      <PlaceholderRow magnified />
      <div class="lens" />
    </>
  );
}

function PlaceholderRow(props: { readonly magnified?: boolean }): JSX.Element {
  return (
    <div class="map-row" classList={{ magnified: props.magnified === true }} aria-hidden="true">
      <div class="map-label">
        <span class="skeleton">Bank 1</span>
      </div>
      <div class="map-body">
        <div class="bar skeleton" />
        <div class="lane" />
        <div class="ends">&nbsp;</div>
      </div>
    </div>
  );
}
