import type { StrategyName } from '@kexeckit/relocation';
import { createEffect, createSignal, For, type JSX, on, Show } from 'solid-js';
import { arrowTarget } from './arrows.ts';
import { Legend } from './Legend.tsx';
import { Lens } from './Lens.tsx';
import { MapBar } from './MapBar.tsx';
import { MapTable } from './MapTable.tsx';
import { bytesText } from './model/format.ts';
import { rangeBytes } from './model/item.ts';
import type { MapView } from './model/result.ts';
import { type Tip, Tooltip } from './Tooltip.tsx';

/** Rows that the page keeps free while there is no machine yet. */
const PLACEHOLDERS = [0, 1, 2, 3];

/** The machine's memory, bank by bank, and what the plan does with it. */
export function MemoryMap(props: { readonly view: MapView | undefined; readonly strategy: StrategyName }): JSX.Element {
  const [tip, setTip] = createSignal<Tip>();
  let figure: HTMLDivElement | undefined;
  const marks = (): HTMLElement[] => [...(figure?.querySelectorAll<HTMLElement>('[data-mark]') ?? [])];

  // One tab stop for the whole map: its first mark, then the one that was last focused.
  createEffect(
    on(
      () => props.view,
      () => {
        setTip(undefined);
        for (const [index, mark] of marks().entries()) mark.tabIndex = index === 0 ? 0 : -1;
      },
    ),
  );
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') setTip(undefined);
    const all = marks();
    const from = all.findIndex((mark) => mark.matches(':focus'));
    const to = from < 0 ? undefined : arrowTarget(event.key, from, all.length);
    if (to === undefined) return;
    event.preventDefault();
    for (const [index, mark] of all.entries()) mark.tabIndex = index === to ? 0 : -1;
    all[to]?.focus();
  };

  return (
    <section aria-labelledby="map-title" class="map">
      <div class="section-head">
        <h2 id="map-title">
          Memory map <span class="quiet">{props.strategy}</span>
        </h2>
        <p class="quiet">System RAM of a Broadcom Stingray; each bar is linear from its first to its last address.</p>
      </div>
      <Legend entries={props.view?.legend} />
      <div
        class="map-figure"
        role="toolbar"
        aria-label="Memory map; the arrow keys go from item to item"
        ref={figure}
        onKeyDown={onKeyDown}
        onPointerLeave={() => setTip(undefined)}
      >
        <Show when={props.view} fallback={<Placeholders />}>
          {(view) => (
            <For each={view().map.banks}>
              {(row, index) => (
                <>
                  <Show when={view().map.zoom?.bank === index() && view().map.zoom}>
                    {(zoom) => (
                      <>
                        <MapBar
                          row={zoom().row}
                          label="Destinations"
                          detail={`${bytesText(rangeBytes(zoom().row.window))} of bank ${index() + 1}`}
                          densest={view().map.densest}
                          magnified
                          onTip={setTip}
                        />
                        <Lens bank={row.window} window={zoom().row.window} />
                      </>
                    )}
                  </Show>
                  <Show when={view().map.zoom === undefined && index() === 0}>
                    <PlaceholderRow magnified />
                    <div class="lens" />
                  </Show>
                  <MapBar
                    row={row}
                    label={`Bank ${index() + 1}`}
                    detail={bytesText(row.bytes)}
                    densest={view().map.densest}
                    onTip={setTip}
                  />
                </>
              )}
            </For>
          )}
        </Show>
        <Tooltip tip={tip()} within={figure} />
      </div>
      <MapTable rows={props.view?.table} />
    </section>
  );
}

/** As high as the map will be. */
function Placeholders(): JSX.Element {
  return (
    <>
      <PlaceholderRow magnified />
      <div class="lens" />
      <For each={PLACEHOLDERS}>{() => <PlaceholderRow />}</For>
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
