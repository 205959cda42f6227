import type { StrategyName } from '@kexeckit/relocation';
import type { JSX } from 'solid-js';
import { Legend } from './Legend.tsx';
import { MapFigure } from './MapFigure.tsx';
import { MapTable } from './MapTable.tsx';
import type { MapView } from './model/view.ts';
import './style.css';

/** The machine's memory, bank by bank, and what the plan does with it. */
export function MemoryMap(props: {
  readonly view: MapView | undefined;
  readonly strategy: StrategyName;
  /** Whose memory it is. */
  readonly machine: string;
}): JSX.Element {
  return (
    <section aria-labelledby="map-title" class="map">
      <div class="section-head">
        <h2 id="map-title">
          Memory map <span class="quiet">{props.strategy}</span>
        </h2>
        <p class="quiet">System RAM of {props.machine}; each bar is linear from its first to its last address.</p>
      </div>
      <Legend entries={props.view?.legend} />
      <MapFigure map={props.view?.map} />
      <MapTable rows={props.view?.table} />
    </section>
  );
}
