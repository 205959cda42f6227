import { For, type JSX, Show } from 'solid-js';
import { type Column, Columns } from '../../shared/Columns.tsx';
import { bytesText, secondsText } from '../../shared/format.ts';
import type { PublishedRow } from './published.ts';

const columns: readonly Column[] = [
  { title: 'Source' },
  { title: 'MiB', look: 'number' },
  { title: 'MMU' },
  { title: 'Measured', look: 'number' },
  { title: 'By these prices', look: 'number predicted' },
  { title: 'Off by', look: 'number' },
];

/** In per cent, with its sign. */
function offText({ seconds, predicted }: PublishedRow): string {
  if (predicted === undefined) return '–';
  const off = Math.round(100 * (predicted / seconds - 1));
  return off === 0 ? '0 %' : `${off > 0 ? '+' : '−'}${Math.abs(off)} %`;
}

/** The published measurements that stand as marks on the bars. */
export function PublishedTable(props: {
  readonly rows: readonly PublishedRow[];
  readonly megabytes: number;
}): JSX.Element {
  return (
    <Show when={props.rows.length > 0}>
      <details class="published-rows" open>
        <summary>Published measurements of this machine</summary>
        <p class="quiet">
          <span class="mark-sample" aria-hidden="true" /> measured with {bytesText(props.megabytes * 2 ** 20)}, as the
          bars are <span class="mark-sample of-other-size" aria-hidden="true" /> measured with another size
        </p>
        <table>
          <Columns of={columns} />
          <tbody>
            <For each={props.rows}>
              {(row) => (
                <tr data-measurement={row.measurement}>
                  <th scope="row">
                    {row.source}
                    <Show when={row.of === 'total'}>: the whole reboot</Show>
                    <Show when={row.isFitted}>
                      <span class="quiet">, fitted to</span>
                    </Show>
                  </th>
                  <td class="number">{row.megabytes}</td>
                  <td>{row.mmu}</td>
                  <td class="number">{secondsText(row.seconds)}</td>
                  <td class="number predicted">{row.predicted === undefined ? '–' : secondsText(row.predicted)}</td>
                  <td class="number">{offText(row)}</td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </details>
    </Show>
  );
}
