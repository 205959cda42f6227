import { timedPhases } from '@kexeckit/reboot';
import { For, type JSX } from 'solid-js';
import type { Scale } from './Stack.tsx';
import { Swatch } from './Swatch.tsx';

/** Columns of the table beside those of the phases: strategy, bar, total. */
const OTHERS = 3;

/** Columns of the table. */
export const COLUMNS: number = timedPhases.length + OTHERS;

/** The head of the table: the axis of the bars, and the colour of each phase. */
export function TimelineHead(props: { readonly scale: Scale; readonly total: string }): JSX.Element {
  return (
    <thead>
      <tr>
        <th scope="col">Strategy</th>
        <th scope="col" class="axis-cell">
          <span class="visually-hidden">Bar</span>
          <Axis scale={props.scale} />
        </th>
        <For each={timedPhases}>
          {(phase) => (
            <th scope="col" class="number">
              <Swatch phase={phase} />
              {phase}
            </th>
          )}
        </For>
        <th scope="col" class="number">
          {props.total}
        </th>
      </tr>
    </thead>
  );
}

function Axis(props: { readonly scale: Scale }): JSX.Element {
  return (
    <span class="axis" aria-hidden="true">
      <For each={props.scale.ticks}>
        {(tick) => (
          <span class="tick" style={{ left: `${props.scale.at(tick)}%` }}>
            {tick === 0 ? '0 s' : tick}
          </span>
        )}
      </For>
    </span>
  );
}
