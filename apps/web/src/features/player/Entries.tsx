import { For, type JSX, Show } from 'solid-js';
import { count } from '../../shared/format.ts';
import type { EntryTable, StandingSegment } from './facts.ts';
import { entriesAround } from './model.ts';

const AROUND = 4;

/** The entry list around the word that was read last. */
export function Entries(props: {
  readonly table: EntryTable;
  readonly entry: number;
  readonly standing: readonly StandingSegment[];
}): JSX.Element {
  return (
    <section class="entries" aria-labelledby="entries-title">
      <h2 id="entries-title">
        Entry list{' '}
        <span class="quiet">
          {props.entry < 0 ? '' : `${count(props.entry + 1)} of `}
          {count(props.table.words.length)} words
        </span>
      </h2>
      <Show
        when={props.table.words.length > 0}
        fallback={
          <p class="quiet">
            Nothing is copied: {props.standing.map(({ name }) => name).join(', ')} stand in their places.
          </p>
        }
      >
        <table>
          <thead>
            <tr>
              <th scope="col">Word</th>
              <th scope="col">At</th>
              <th scope="col">Says</th>
            </tr>
          </thead>
          <tbody>
            <For each={entriesAround(props.table, props.entry, AROUND)}>
              {({ index, address, kind, page }) => (
                <tr aria-current={index === props.entry ? 'step' : undefined}>
                  <td>{count(index + 1)}</td>
                  <td>
                    <code>{address}</code>
                  </td>
                  <td>
                    {kind} <code>{page}</code>
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
