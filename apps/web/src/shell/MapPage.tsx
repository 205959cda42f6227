import { strategies } from '@kexeckit/relocation';
import { For, type JSX, Show } from 'solid-js';
import { boardTitle } from '../desk/boards.ts';
import { strategyOr } from '../desk/strategy.ts';
import { FailureNote } from '../features/failure/FailureNote.tsx';
import { type CanvasHandle, MapCanvas } from '../features/map/MapCanvas.tsx';
import { MapControls } from '../features/map/MapControls.tsx';
import { MapLegend } from '../features/map/MapLegend.tsx';
import { MarkTable } from '../features/map/MarkTable.tsx';
import { looksOf, mapSvg } from '../features/map/model/svg.ts';
import { Problems } from '../features/map/Problems.tsx';
import { Rehearsal } from '../features/map/Rehearsal.tsx';
import { ResourceTree } from '../features/map/ResourceTree.tsx';
import { pngOf } from '../features/map/save.ts';
import type { ProofRow } from '../features/proof/model.ts';
import { ProofList } from '../features/proof/ProofList.tsx';
import { saveFile } from '../shared/save.ts';
import type { Lab } from './lab.ts';
import { createMapPlay, type MapPlay } from './map-play.ts';
import { createMapLook, type MapLook } from './map-view.ts';
import '../features/map/style.css';

/** The machine's memory from terabytes to pages, with a plan, its proof and its rehearsal drawn on it. */
export function MapPage(props: { readonly lab: Lab }): JSX.Element {
  const { lab } = props;
  const play = createMapPlay(lab);
  const look = createMapLook(play, lab.address);
  const machine = (): string => {
    const { items, board } = lab.desk.subject();
    return items.map?.name ?? boardTitle(board);
  };
  return (
    <main class="map-page" aria-busy={play.work() !== undefined}>
      <Show when={lab.desk.wishes() === undefined}>
        <p class="bad">Something that was typed on the first page is wrong: nothing is planned before it is mended.</p>
      </Show>
      <FailureNote failure={play.failure() ?? play.plan()?.failure} />
      <section aria-labelledby="memory-title">
        <div class="map-head">
          <h2 id="memory-title">{machine()}</h2>
          <Source lab={lab} play={play} />
        </div>
        <Working play={play} />
        <div class="map-columns">
          <Picture look={look} title={machine()} />
          <div>
            <ResourceTree
              rows={play.machine()?.resources ?? []}
              chosen={look.row()}
              onChoose={(index) => look.choose(`row@${index}`)}
            />
          </div>
        </div>
        <MarkTable model={look.model()} onChoose={look.choose} />
      </section>
      <Problems problems={look.problems()} chosen={look.chosen()?.id} onChoose={look.choose} />
      <ProofList strategy={play.plan()?.strategy ?? lab.strategy()} rows={play.plan()?.proof?.map(counted)} />
      <Rehearsal
        runs={play.runs()}
        isReady={play.work() === undefined && play.plan()?.proof !== undefined && !play.isStale()}
        onRehearse={play.rehearse}
      />
    </main>
  );
}

/** A row of the proof with its counts alone: what was found is listed by address above. */
const counted = (row: ProofRow): ProofRow => ({ ...row, found: [] });

const SAVED = 'saved plan';

/** Whose plan is on the map. */
function Source(props: { readonly lab: Lab; readonly play: MapPlay }): JSX.Element {
  const saved = (): string | undefined => props.lab.desk.subject().items.plan?.name;
  const choose = (value: string): void => {
    props.play.setSaved(value === SAVED);
    if (value !== SAVED) props.lab.select(strategyOr(value));
  };
  return (
    <label class="map-source">
      Plan{' '}
      <select onChange={({ currentTarget }) => choose(currentTarget.value)}>
        <Show when={saved()}>
          {(name) => (
            <option value={SAVED} selected={props.play.isSaved()}>
              saved: {name()}
            </option>
          )}
        </Show>
        <For each={strategies}>
          {({ name }) => (
            <option value={name} selected={!props.play.isSaved() && props.lab.strategy() === name}>
              {name}
            </option>
          )}
        </For>
      </select>
    </label>
  );
}

/** What the worker is at, and how to end it. */
function Working(props: { readonly play: MapPlay }): JSX.Element {
  return (
    <div class="asking map-source" role="status" data-stale={props.play.isStale()}>
      <Show
        when={props.play.work()}
        fallback={
          <Show when={props.play.isStale()}>
            <Show when={props.play.plan()}>What is shown is of before.</Show>
            <button type="button" onClick={() => props.play.again()}>
              Plan
            </button>
          </Show>
        }
      >
        {(work) => (
          <>
            {work()} … <Show when={props.play.plan() && props.play.isStale()}>What is shown is of before.</Show>
            <button type="button" onClick={() => props.play.cancel()}>
              Cancel
            </button>
          </>
        )}
      </Show>
    </div>
  );
}

/** The map, with its controls above and what is chosen below. */
function Picture(props: { readonly look: MapLook; readonly title: string }): JSX.Element {
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
    <div>
      <MapControls
        axis={look.axis()}
        view={look.view()}
        onView={look.setView}
        onScale={look.setScale}
        onSave={(kind) => void save(kind)}
      />
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
      <MapLegend looks={looksOf(look.model())} />
      <p class="map-keys" id="map-keys">
        <kbd>←</kbd> <kbd>→</kbd> move, <kbd>+</kbd> <kbd>−</kbd> zoom, <kbd>0</kbd> all, <kbd>Home</kbd> <kbd>End</kbd>{' '}
        ends, <kbd>↑</kbd> <kbd>↓</kbd> marks, <kbd>PgUp</kbd> <kbd>PgDn</kbd> source pages, <kbd>Enter</kbd> zoom to
        what is chosen, <kbd>Esc</kbd> choose nothing. Wheel and pinch zoom, dragging moves.
      </p>
    </div>
  );
}
