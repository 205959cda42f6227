import { PAGE_SIZE } from '@kexeckit/relocation';
import { createSignal, For, type JSX, Show } from 'solid-js';
import { type Column, Columns } from '../../shared/Columns.tsx';
import { bytesText, count, hex } from '../../shared/format.ts';
import type { MapTableRow } from './model/map-table.ts';

const columns: readonly Column[] = [
  { title: 'What' },
  { title: 'First address' },
  { title: 'Last address' },
  { title: 'Pages', look: 'number' },
  { title: 'Size', look: 'number' },
  { title: 'Note' },
];

/** The map as a table; built when it is opened. */
export function MapTable(props: { readonly rows: readonly MapTableRow[] | undefined }): JSX.Element {
  const [open, setOpen] = createSignal(false);
  /** A box that scrolls must be reachable by keyboard. */
  const reachable = (box: HTMLElement): void => {
    box.tabIndex = 0;
  };
  return (
    <details class="map-table" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>The same as a table</summary>
      <Show when={open()}>
        <section class="scroll" ref={reachable} aria-label="Memory map as a table">
          <table>
            <Columns of={columns} />
            <tbody>
              <For each={props.rows}>
                {(row) => (
                  <tr>
                    <th scope="row">{row.name}</th>
                    <td class="address">{hex(row.start)}</td>
                    <td class="address">{hex(row.end)}</td>
                    <td class="number">{count(row.pages)}</td>
                    <td class="number">{bytesText(row.pages * PAGE_SIZE)}</td>
                    <td>{row.note}</td>
                  </tr>
                )}
              </For>
            </tbody>
          </table>
        </section>
      </Show>
    </details>
  );
}
