import { For, type JSX, Show } from 'solid-js';
import { hex } from '../../shared/format.ts';
import { percentIn } from '../../shared/place.ts';
import type { Tip } from '../../shared/Tooltip.tsx';
import { DensityStrip } from './DensityStrip.tsx';
import { MapMark } from './MapMark.tsx';
import type { ItemKind, MapItem } from './model/item.ts';
import type { MapRow } from './model/map.ts';

/** What is drawn below the bar, as marks on a line. */
const laneKinds: ReadonlySet<ItemKind> = new Set(['entry list', 'table', 'routine', 'old kernel']);

/** One row of the map: a bar with its label, a lane of marks, and the addresses of its ends. */
export function MapBar(props: {
  readonly row: MapRow;
  readonly label: string;
  readonly detail: string;
  readonly densest: number;
  readonly magnified?: boolean;
  readonly onTip: (tip: Tip | undefined) => void;
}): JSX.Element {
  const items = (inLane: boolean): MapItem[] => props.row.items.filter(({ kind }) => laneKinds.has(kind) === inLane);
  const marks = (inLane: boolean): JSX.Element => (
    <For each={items(inLane)}>
      {(item) => <MapMark item={item} window={props.row.window} named={props.magnified === true} onTip={props.onTip} />}
    </For>
  );
  return (
    <div class="map-row" classList={{ magnified: props.magnified === true }}>
      <div class="map-label">
        <span class="map-name">{props.label}</span> <span class="quiet">{props.detail}</span>
      </div>
      <div class="map-body">
        <div class="bar">
          <For each={props.row.ram}>{(ram) => <div class="ram" style={percentIn(props.row.window, ram)} />}</For>
          <Show when={props.row.sources}>
            {(sources) => (
              <DensityStrip sources={sources()} window={props.row.window} densest={props.densest} onTip={props.onTip} />
            )}
          </Show>
          {marks(false)}
        </div>
        <div class="lane">{marks(true)}</div>
        <div class="ends">
          <span>{hex(props.row.window.start)}</span>
          <span>{hex(props.row.window.end)}</span>
        </div>
      </div>
    </div>
  );
}
