import type { StrategyName } from '@kexeckit/relocation';
import { For, Index, type JSX, Show } from 'solid-js';
import { type Column, Columns } from '../../shared/Columns.tsx';
import { count } from '../../shared/format.ts';
import { type ProofRow, proofRows } from './model.ts';
import './style.css';

const columns: readonly Column[] = [
  { title: 'Invariant' },
  { title: 'Statement' },
  { title: 'Checked', look: 'number' },
  { title: 'Violations', look: 'verdict' },
];

/** The invariants, how much of each was checked, and what was found. */
export function ProofList(props: {
  readonly strategy: StrategyName;
  readonly rows: readonly ProofRow[] | undefined;
}): JSX.Element {
  const rows = (): readonly ProofRow[] => props.rows ?? proofRows(undefined);
  return (
    <section aria-labelledby="proof-title" class="proof">
      <h2 id="proof-title">
        Proof <span class="quiet">{props.strategy}</span>
      </h2>
      <table>
        <Columns of={columns} />
        <tbody>
          <Index each={rows()}>
            {(row) => (
              <tr data-invariant={row().invariant}>
                <th scope="row">{row().invariant}</th>
                <td class="statement">
                  {row().statement}
                  <For each={row().found}>{(text) => <span class="violation">{text}</span>}</For>
                </td>
                <td class="number">
                  <Show when={row().checked !== undefined} fallback={<span class="skeleton">00,000 pages</span>}>
                    {count(row().checked ?? 0)} <span class="quiet">{row().unit}</span>
                  </Show>
                </td>
                <td class="verdict">
                  <Verdict row={row()} />
                </td>
              </tr>
            )}
          </Index>
        </tbody>
      </table>
    </section>
  );
}

function Verdict(props: { readonly row: ProofRow }): JSX.Element {
  return (
    <Show when={props.row.checked !== undefined} fallback={<span class="skeleton">none</span>}>
      <Show when={props.row.violations === 0} fallback={<span class="bad">✗ {count(props.row.violations)}</span>}>
        <Show when={props.row.checked !== 0} fallback={<span class="quiet">not used</span>}>
          <span class="good">✓ none</span>
        </Show>
      </Show>
    </Show>
  );
}
