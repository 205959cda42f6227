import { For, type JSX } from 'solid-js';
import { type Column, Columns } from '../../shared/Columns.tsx';
import { strategyRows } from './model.ts';
import './style.css';

const LOADS = 'Loads into';
const MMU = 'MMU';
const VERIFIES = 'Verifies';
const DISPLACES = 'Displaces';

const columns: readonly Column[] = [
  { title: 'Strategy' },
  { title: 'What happens' },
  { title: LOADS },
  { title: MMU },
  { title: VERIFIES },
  { title: DISPLACES },
];

/** What sets the strategies apart, from their records. */
export function StrategyTable(): JSX.Element {
  return (
    <section aria-labelledby="strategies-title" class="strategies">
      <h2 id="strategies-title">Strategies</h2>
      <table>
        <Columns of={columns} />
        <tbody>
          <For each={strategyRows}>
            {(row) => (
              <tr data-strategy={row.name}>
                <th scope="row">{row.name}</th>
                <td>{row.summary}</td>
                <td data-column={LOADS}>{row.loadsInto}</td>
                <td data-column={MMU}>{row.mmu}</td>
                <td data-column={VERIFIES}>{row.verifies}</td>
                <td data-column={DISPLACES}>{row.displaces}</td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
      <p class="quiet note">
        MMU: whether pages are moved and compared with it on or off. Verifies: whether the SHA-256 of every segment can
        be compared before the jump. Displaces: what the memory held before, and what has to be loaded again afterwards.
      </p>
    </section>
  );
}
