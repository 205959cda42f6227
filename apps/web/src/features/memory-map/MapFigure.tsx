import { createEffect, createSignal, For, type JSX, on, Show } from 'solid-js';
import { bytesText } from '../../shared/format.ts';
import { rove, setTabStop } from '../../shared/roving.ts';
import { type Tip, Tooltip } from '../../shared/Tooltip.tsx';
import { Lens } from './Lens.tsx';
import { MapBar } from './MapBar.tsx';
import { rangeBytes } from './model/item.ts';
import type { MapModel, MapRow } from './model/map.ts';
import { PlaceholderRows, PlaceholderZoom } from './Placeholders.tsx';

type OnTip = (tip: Tip | undefined) => void;

/** The bars of the map: one tab stop, along which the arrow keys go from item to item. */
export function MapFigure(props: { readonly map: MapModel | undefined }): JSX.Element {
  const [tip, setTip] = createSignal<Tip>();
  let figure: HTMLDivElement | undefined;
  const marks = (): HTMLElement[] => [...(figure?.querySelectorAll<HTMLElement>('[data-mark]') ?? [])];
  createEffect(
    on(
      () => props.map,
      () => {
        setTip(undefined);
        setTabStop(marks(), 0);
      },
    ),
  );
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') setTip(undefined);
    rove(event, marks());
  };
  return (
    <div
      class="map-figure"
      role="toolbar"
      aria-label="Memory map; the arrow keys go from item to item"
      ref={figure}
      onKeyDown={onKeyDown}
      onPointerLeave={() => setTip(undefined)}
    >
      <Show when={props.map} fallback={<PlaceholderRows />}>
        {(map) => (
          <For each={map().banks}>
            {(row, index) => <BankRows map={map()} row={row} bank={index()} onTip={setTip} />}
          </For>
        )}
      </Show>
      <Tooltip tip={tip()} within={figure} />
    </div>
  );
}

/** A bank, below the magnified destinations where it holds them. */
function BankRows(props: {
  readonly map: MapModel;
  readonly row: MapRow;
  readonly bank: number;
  readonly onTip: OnTip;
}): JSX.Element {
  return (
    <>
      <Show when={props.map.zoom?.bank === props.bank && props.map.zoom}>
        {(zoom) => (
          <>
            <MapBar
              row={zoom().row}
              label="Destinations"
              detail={`${bytesText(rangeBytes(zoom().row.window))} of bank ${props.bank + 1}`}
              densest={props.map.densest}
              magnified
              onTip={props.onTip}
            />
            <Lens bank={props.row.window} window={zoom().row.window} />
          </>
        )}
      </Show>
      <Show when={props.map.zoom === undefined && props.bank === 0}>
        <PlaceholderZoom />
      </Show>
      <MapBar
        row={props.row}
        label={`Bank ${props.bank + 1}`}
        detail={bytesText(props.row.bytes)}
        densest={props.map.densest}
        onTip={props.onTip}
      />
    </>
  );
}
