import { phases } from '@kexeckit/reboot';
import { For, type JSX, Show } from 'solid-js';
import { secondsText } from './model/format.ts';
import { type Bar, barOf, type PhaseCell, type TimelineRow } from './model/timeline.ts';

/** Where seconds lie in a bar, in percent, and where its grid lines are. */
export interface Scale {
  readonly at: (seconds: number) => number;
  readonly ticks: readonly number[];
}

/** One row: label, stacked bar, the numbers of the bar and where each comes from. */
export function TimelineBar(props: {
  readonly row: TimelineRow | undefined;
  readonly label: string;
  readonly selected: boolean;
  readonly scale: Scale;
  readonly withSkipped: boolean;
}): JSX.Element {
  const bar = (): Bar => (props.row === undefined ? { pieces: [], leftOut: [] } : barOf(props.row, props.withSkipped));
  const end = (): number => props.scale.at(bar().pieces.at(-1)?.to ?? 0);
  const total = (): number | undefined => (props.withSkipped ? props.row?.totalWithSkipped : props.row?.total);
  return (
    <tr classList={{ selected: props.selected }} data-row={props.label}>
      <th scope="row">{props.label}</th>
      <td class="bar-cell">
        <div class="stack" aria-hidden="true">
          <For each={props.scale.ticks}>
            {(tick) => <span class="grid" style={{ left: `${props.scale.at(tick)}%` }} />}
          </For>
          <For each={bar().pieces}>
            {(piece) => (
              <span
                class={`piece phase-${piece.phase} basis-${piece.basis}`}
                style={{
                  left: `${props.scale.at(piece.from)}%`,
                  width: `${props.scale.at(piece.to) - props.scale.at(piece.from)}%`,
                }}
              />
            )}
          </For>
          <For each={bar().leftOut}>
            {(cell) => (
              <span class={`piece stub phase-${cell.phase} basis-skipped`} style={{ left: `calc(${end()}% + 3px)` }} />
            )}
          </For>
        </div>
      </td>
      <For each={phases}>
        {(phase) => (
          <td class="number" data-phase={phase}>
            <span class={`swatch phase-${phase} narrow-only`} aria-hidden="true" />
            <Cell row={props.row} cell={props.row?.cells.find((cell) => cell.phase === phase)} />
          </td>
        )}
      </For>
      <td class="number total" data-phase="total">
        <Show when={total() !== undefined} fallback={<span class="skeleton">0.000</span>}>
          <span class="value">{secondsText(total() ?? 0)}</span>
        </Show>
      </td>
    </tr>
  );
}

/** A figure with its basis below it. */
function Cell(props: { readonly row: TimelineRow | undefined; readonly cell: PhaseCell | undefined }): JSX.Element {
  return (
    <Show when={props.row !== undefined} fallback={<span class="skeleton">0.000</span>}>
      <Show when={props.cell?.seconds !== undefined && props.cell} fallback={<span class="value quiet">–</span>}>
        {(cell) => (
          <span class="figure" classList={{ skipped: cell().basis === 'skipped' }} title={cell().note ?? ''}>
            <span class="value">{secondsText(cell().seconds ?? 0)}</span>
            <span class="basis">{cell().basis}</span>
          </span>
        )}
      </Show>
    </Show>
  );
}
