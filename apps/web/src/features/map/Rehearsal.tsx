import { For, type JSX, Show } from 'solid-js';
import { type Column, Columns } from '../../shared/Columns.tsx';
import { count } from '../../shared/format.ts';
import type { RehearsedRun } from './compute.ts';

const columns: readonly Column[] = [
  { title: 'Run' },
  { title: 'Instructions', look: 'number' },
  { title: 'Went wrong', look: 'verdict' },
];

/** Runs what was loaded on the strict machine, in a copy, and lists what each run found. */
export function Rehearsal(props: {
  readonly runs: readonly RehearsedRun[];
  readonly isReady: boolean;
  readonly onRehearse: (thorough: boolean) => void;
}): JSX.Element {
  return (
    <section class="rehearsal proof" aria-labelledby="rehearsal-title">
      <div class="section-head">
        <h2 id="rehearsal-title">Rehearsal</h2>
        <p class="quiet">
          What was loaded runs on the strict machine, left as hostile as an old kernel may leave it; thoroughly: on
          every CPU that is imitated, and with wrong bits, which the routine must find.
        </p>
      </div>
      <div class="map-buttons">
        <button type="button" disabled={!props.isReady} onClick={() => props.onRehearse(false)}>
          Rehearse
        </button>
        <button type="button" disabled={!props.isReady} onClick={() => props.onRehearse(true)}>
          Rehearse thoroughly
        </button>
      </div>
      <Show when={props.runs.length > 0}>
        <table>
          <Columns of={columns} />
          <tbody>
            <For each={props.runs}>
              {(run) => (
                <tr data-run={run.configuration}>
                  <th scope="row">{run.configuration}</th>
                  <td class="number">{run.instructions === undefined ? '–' : count(run.instructions)}</td>
                  <td class="verdict">
                    <Show when={run.problem} fallback={<span class="good">✓ nothing</span>}>
                      <span class="bad">✗ something</span>
                    </Show>
                  </td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </Show>
    </section>
  );
}
