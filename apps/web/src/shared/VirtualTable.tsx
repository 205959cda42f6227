import { For, type JSX, Show } from 'solid-js';
import { Columns } from './Columns.tsx';
import { createRows } from './virtual.ts';

/** A table of any length; only the rows that can be seen are made. */
export function VirtualTable(props: {
  readonly label: string;
  readonly columns: readonly string[];
  readonly count: number;
  /** Pixels of a row. */
  readonly height: number;
  readonly cell: (row: number, column: number) => JSX.Element;
}): JSX.Element {
  return (
    <Show when={props.count > 0}>
      <Rows {...props} />
    </Show>
  );
}

function Rows(props: Parameters<typeof VirtualTable>[0]): JSX.Element {
  let scroller: HTMLDivElement | undefined;
  const list = {
    get count() {
      return props.count;
    },
    get height() {
      return props.height;
    },
    active: -1,
  };
  const virtualizer = createRows<HTMLDivElement, HTMLTableRowElement>(list, () => scroller);
  const above = (): number => virtualizer.getVirtualItems()[0]?.start ?? 0;
  const below = (): number => virtualizer.getTotalSize() - (virtualizer.getVirtualItems().at(-1)?.end ?? 0);
  return (
    <div class="long-list" ref={scroller}>
      <table class="long-table" aria-label={props.label} aria-rowcount={props.count + 1}>
        <Columns of={props.columns.map((title) => ({ title }))} />
        <Filler height={above()} />
        <tbody>
          <For each={virtualizer.getVirtualItems()}>
            {(item) => (
              <tr class="long-row" aria-rowindex={item.index + 2} style={{ height: `${props.height}px` }}>
                <For each={props.columns}>{(_, column) => <td>{props.cell(item.index, column())}</td>}</For>
              </tr>
            )}
          </For>
        </tbody>
        <Filler height={below()} />
      </table>
    </div>
  );
}

/** Stands for the rows that are not made. */
const Filler = (props: { readonly height: number }): JSX.Element => (
  <tbody class="filler" aria-hidden="true">
    <tr style={{ height: `${props.height}px` }} />
  </tbody>
);
