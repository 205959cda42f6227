import { createVirtualizer } from '@tanstack/solid-virtual';
import { createMemo, createSignal, For, type JSX, Show } from 'solid-js';
import { type Column, Columns } from '../../shared/Columns.tsx';
import { count, hex } from '../../shared/format.ts';
import type { MapModel } from './model/model.ts';
import { linesText, type MapLines, mapLines, type TableLine } from './model/table.ts';

const ROW = 26;
/** Pixels that browsers let an element be high. */
const HIGHEST = 15_000_000;

const columns: readonly Column[] = [
  { title: 'What' },
  { title: 'First address' },
  { title: 'Last address' },
  { title: 'Pages', look: 'number' },
  { title: 'Note' },
];

/** The map as a table: only the lines that are seen are made. */
export function MarkTable(props: { readonly model: MapModel; readonly onChoose: (id: string) => void }): JSX.Element {
  const [open, setOpen] = createSignal(false);
  const lines = createMemo(() => mapLines(props.model));
  return (
    <details class="mark-table" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        The same as a table <span class="quiet">{linesText(lines())}</span>
      </summary>
      <Show when={open()}>
        <Lines lines={lines()} onChoose={props.onChoose} />
      </Show>
    </details>
  );
}

function Lines(props: { readonly lines: MapLines; readonly onChoose: (id: string) => void }): JSX.Element {
  let box: HTMLElement | undefined;
  const length = (): number => Math.min(props.lines.length, Math.floor(HIGHEST / ROW));
  const virtual = createVirtualizer({
    get count() {
      return length();
    },
    getScrollElement: () => box ?? null,
    estimateSize: () => ROW,
    overscan: 10,
    initialRect: { width: 800, height: 360 },
  });
  const above = (): number => virtual.getVirtualItems()[0]?.start ?? 0;
  const below = (): number => virtual.getTotalSize() - (virtual.getVirtualItems().at(-1)?.end ?? 0);
  /** A box that scrolls must be reachable by keyboard. */
  const reachable = (element: HTMLElement): void => {
    box = element;
    element.tabIndex = 0;
  };
  return (
    <>
      <section class="lines" ref={reachable} aria-label="Memory map as a table">
        <table aria-rowcount={length() + 1}>
          <Columns of={columns} />
          <tbody>
            <tr class="filler" style={{ height: `${above()}px` }} />
            <For each={virtual.getVirtualItems()}>
              {(item) => (
                <Show when={props.lines.at(item.index)}>
                  {(line) => <Line line={line()} index={item.index} onChoose={props.onChoose} />}
                </Show>
              )}
            </For>
            <tr class="filler" style={{ height: `${below()}px` }} />
          </tbody>
        </table>
      </section>
      <Show when={length() < props.lines.length}>
        <p class="note quiet">
          The first {count(length())} lines of {count(props.lines.length)}.
        </p>
      </Show>
    </>
  );
}

function Line(props: {
  readonly line: TableLine;
  readonly index: number;
  readonly onChoose: (id: string) => void;
}): JSX.Element {
  return (
    <tr aria-rowindex={props.index + 2}>
      <th scope="row">
        <Show when={props.line.id} fallback={props.line.name}>
          {(id) => (
            <button type="button" class="link" onClick={() => props.onChoose(id())}>
              {props.line.name}
            </button>
          )}
        </Show>
      </th>
      <td class="address">{hex(props.line.start)}</td>
      <td class="address">{hex(props.line.end)}</td>
      <td class="number">{count(props.line.pages)}</td>
      <td>{props.line.note}</td>
    </tr>
  );
}
