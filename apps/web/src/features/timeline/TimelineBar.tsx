import { timedPhases } from '@kexeckit/reboot';
import { For, type JSX, Show } from 'solid-js';
import { type BarMark, type PhaseCell, type TimelineRow, totalText } from './model.ts';
import { type Scale, Stack } from './Stack.tsx';
import { Swatch } from './Swatch.tsx';

/** One row: label, stacked bar, the numbers of the bar and where each comes from. */
export function TimelineBar(props: {
  readonly row: TimelineRow | undefined;
  readonly label: string;
  readonly selected: boolean;
  readonly isOfBefore?: boolean;
  readonly scale: Scale;
  readonly withSkipped: boolean;
  readonly marks?: readonly BarMark[] | undefined;
}): JSX.Element {
  const total = (row: TimelineRow): string => totalText(props.withSkipped ? row.totalWithSkipped : row.total);
  return (
    <tr classList={{ selected: props.selected }} data-row={props.label}>
      <th scope="row">
        {props.label}
        <Show when={props.isOfBefore}>
          {' '}
          <span class="quiet of-before">of before</span>
        </Show>
      </th>
      <td class="bar-cell">
        <Stack row={props.row} scale={props.scale} withSkipped={props.withSkipped} marks={props.marks} />
      </td>
      <For each={timedPhases}>
        {(phase) => (
          <td class="number" data-phase={phase}>
            <Swatch phase={phase} narrowOnly />
            <Cell row={props.row} cell={props.row?.cells.find((cell) => cell.phase === phase)} />
          </td>
        )}
      </For>
      <td class="number total" data-phase="total">
        <Show when={props.row} fallback={<span class="skeleton">0.000</span>}>
          {(row) => <span class="value">{total(row())}</span>}
        </Show>
      </td>
    </tr>
  );
}

/** A figure with its basis below it. */
function Cell(props: { readonly row: TimelineRow | undefined; readonly cell: PhaseCell | undefined }): JSX.Element {
  return (
    <Show when={props.row !== undefined} fallback={<span class="skeleton">0.000</span>}>
      <Show when={props.cell?.basis !== undefined && props.cell} fallback={<span class="value quiet">–</span>}>
        {(cell) => (
          <span
            class="figure"
            classList={{ skipped: cell().basis === 'skipped' }}
            title={cell().note ?? cell().between ?? ''}
          >
            <span class="value">{totalText(cell().seconds)}</span>
            <span class="basis">{cell().basis}</span>
          </span>
        )}
      </Show>
    </Show>
  );
}
