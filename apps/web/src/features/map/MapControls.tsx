import { createSignal, type JSX, Show } from 'solid-js';
import type { Axis, Scale } from './model/axis.ts';
import { windowText } from './model/svg.ts';
import { goalOf, type View, viewAround, wholeView, zoomed } from './model/view.ts';

/** Zoom, scale, a field to go to an address, and files of the picture. */
export function MapControls(props: {
  /** Without the field, and without the words of the window. */
  readonly isCompact: boolean;
  readonly axis: Axis;
  readonly view: View;
  readonly onView: (view: View) => void;
  readonly onScale: (scale: Scale) => void;
  readonly onSave: (kind: 'svg' | 'png') => void;
}): JSX.Element {
  const [complaint, setComplaint] = createSignal<string>();
  const zoom = (factor: number): void => props.onView(zoomed(props.axis, props.view, factor));
  return (
    <div class="map-controls">
      <div class="map-buttons">
        <button type="button" aria-label="Zoom in" onClick={() => zoom(0.5)}>
          +
        </button>
        <button type="button" aria-label="Zoom out" onClick={() => zoom(2)}>
          −
        </button>
        <button type="button" onClick={() => props.onView(wholeView(props.axis))}>
          All
        </button>
      </div>
      <Show when={!props.isCompact}>
        <GoTo
          axis={props.axis}
          isWrong={complaint() !== undefined}
          onComplaint={setComplaint}
          onView={(view) => props.onView(view)}
        />
      </Show>
      <label class="map-scale">
        <input
          type="checkbox"
          checked={props.axis.scale === 'compressed'}
          onChange={({ currentTarget }) => props.onScale(currentTarget.checked ? 'compressed' : 'linear')}
        />{' '}
        Compress holes
      </label>
      <div class="map-buttons">
        <button type="button" onClick={() => props.onSave('svg')}>
          SVG
        </button>
        <button type="button" onClick={() => props.onSave('png')}>
          PNG
        </button>
      </div>
      <Show when={!props.isCompact}>
        <p class="map-window quiet" data-testid="window">
          {windowText(props.axis, props.view)}
        </p>
        <p class="says" id="map-go-says" role="alert">
          <Show when={complaint()}>{(text) => <span class="bad">{text()}</span>}</Show>
        </p>
      </Show>
    </div>
  );
}

/** A field for an address or a range, which is shown when it is sent. */
function GoTo(props: {
  readonly axis: Axis;
  readonly isWrong: boolean;
  readonly onComplaint: (complaint: string | undefined) => void;
  readonly onView: (view: View) => void;
}): JSX.Element {
  const go = (event: SubmitEvent & { readonly currentTarget: HTMLFormElement }): void => {
    event.preventDefault();
    const typed = new FormData(event.currentTarget).get('address');
    const goal = goalOf(props.axis, typeof typed === 'string' ? typed : '');
    props.onComplaint('complaint' in goal ? goal.complaint : undefined);
    if (!('complaint' in goal)) props.onView(viewAround(props.axis, goal.first, goal.end));
  };
  return (
    <form class="map-go" onSubmit={go}>
      <label>
        Go to{' '}
        <input
          name="address"
          spellcheck={false}
          autocomplete="off"
          placeholder="0x80000000"
          aria-invalid={props.isWrong}
          aria-describedby="map-go-says"
          onInput={() => props.onComplaint(undefined)}
        />
      </label>
      <button type="submit">Go</button>
    </form>
  );
}
