import { createSignal, For, type JSX, Show } from 'solid-js';
import { bytesText, count, hex } from './model/format.ts';
import type { MapTableRow } from './model/map-table.ts';

/** The map as a table; built when it is opened. */
export function MapTable(props: { readonly rows: readonly MapTableRow[] | undefined }): JSX.Element {
  const [open, setOpen] = createSignal(false);
  return (
    <details class="map-table" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>The same as a table</summary>
      <Show when={open()}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard. */}
        <section class="scroll" tabIndex={0} aria-label="Memory map as a table">
          <table>
            <thead>
              <tr>
                <th scope="col">What</th>
                <th scope="col">First address</th>
                <th scope="col">Last address</th>
                <th scope="col" class="number">
                  Pages
                </th>
                <th scope="col" class="number">
                  Size
                </th>
                <th scope="col">Note</th>
              </tr>
            </thead>
            <tbody>
              <For each={props.rows}>
                {(row) => (
                  <tr>
                    <th scope="row">{row.name}</th>
                    <td class="address">{hex(row.start)}</td>
                    <td class="address">{hex(row.end)}</td>
                    <td class="number">{count(row.pages)}</td>
                    <td class="number">{bytesText(row.pages * 4096)}</td>
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
