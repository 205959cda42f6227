import { type JSX, Show } from 'solid-js';
import { saveFile } from '../../shared/save.ts';
import type { MapLook } from './look.ts';
import { type CanvasHandle, MapCanvas } from './MapCanvas.tsx';
import { MapControls } from './MapControls.tsx';
import { MapLegend } from './MapLegend.tsx';
import { legendOf, usualLooks } from './model/legend.ts';
import { mapSvg } from './model/svg.ts';
import { Segments } from './Segments.tsx';
import { pngOf } from './save.ts';
import './style.css';

/** The map, with its controls above and what is chosen below. */
export function MapPicture(props: {
  readonly look: MapLook;
  readonly title: string;
  /** Beside other parts of a page: no field for addresses, and segments to choose instead. */
  readonly isCompact?: boolean;
}): JSX.Element {
  const { look } = props;
  let handle: () => CanvasHandle | undefined = () => undefined;
  const save = async (kind: 'svg' | 'png'): Promise<void> => {
    const shown = handle();
    if (shown === undefined) return;
    const { canvas, width, theme } = shown;
    if (kind === 'svg') {
      const window = { scale: look.axis().scale, view: look.view(), width, title: props.title };
      const text = mapSvg(
        look.model(),
        { ...window, chosen: look.chosen()?.frames, links: look.chosen()?.links },
        theme,
      );
      saveFile('memory-map.svg', new Blob([text], { type: 'image/svg+xml' }));
    } else {
      const blob = await pngOf(canvas, theme.surface);
      if (blob !== undefined) saveFile('memory-map.png', blob);
    }
  };
  return (
    <div class="map-picture">
      <MapControls
        isCompact={props.isCompact === true}
        axis={look.axis()}
        view={look.view()}
        onView={look.setView}
        onScale={look.setScale}
        onSave={(kind) => void save(kind)}
      />
      <Show when={props.isCompact}>
        <Segments model={look.model()} chosen={look.chosen()?.id} onChoose={look.choose} />
      </Show>
      <MapCanvas
        model={look.model()}
        axis={look.axis()}
        view={look.view()}
        chosen={look.chosen()}
        onView={look.setView}
        onChoose={look.choose}
        onReady={(ready) => {
          handle = ready;
        }}
      />
      <p class="map-said" role="status" data-testid="chosen">
        <Show when={look.chosen()} fallback={<span class="quiet">Nothing is chosen.</span>}>
          {(picked) => (
            <>
              <strong>{picked().name}</strong> <code>{picked().code}</code> {picked().text}
            </>
          )}
        </Show>
      </p>
      <MapLegend entries={legendOf(look.model(), props.isCompact === true ? usualLooks : [])} />
      <p class="map-keys" id="map-keys">
        <kbd>←</kbd> <kbd>→</kbd> move, <kbd>+</kbd> <kbd>−</kbd> zoom, <kbd>0</kbd> all, <kbd>Home</kbd> <kbd>End</kbd>{' '}
        ends, <kbd>↑</kbd> <kbd>↓</kbd> marks, <kbd>PgUp</kbd> <kbd>PgDn</kbd> source pages, <kbd>Enter</kbd> zoom to
        what is chosen, <kbd>Esc</kbd> choose nothing. Wheel and pinch zoom, dragging moves.
      </p>
    </div>
  );
}
