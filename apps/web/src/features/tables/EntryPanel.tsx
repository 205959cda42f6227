import { type JSX, Show } from 'solid-js';
import { hex, rangeText } from '../../shared/format.ts';
import { Bits } from './Bits.tsx';
import type { EntryView } from './model.ts';

/** The chosen entry, bit by bit. */
export function EntryPanel(props: {
  readonly entry: EntryView | undefined;
  readonly isChosen: boolean;
  readonly isStale: boolean;
}): JSX.Element {
  return (
    <section class="table-entry" aria-labelledby="entry-title" classList={{ stale: props.isStale }}>
      <h2 id="entry-title">Entry</h2>
      <Show
        when={props.entry}
        fallback={
          <p class="quiet">
            {props.isChosen ? 'No walk comes to this entry.' : 'Choose an entry of the tree, or a step of the walk.'}
          </p>
        }
      >
        {(entry) => (
          <>
            <p data-entry={`${entry().place.level}:${entry().place.page}`}>
              Entry {entry().index} of the level {entry().place.level} table at <code>{hex(entry().table)}</code>, for{' '}
              <code>{rangeText(entry().range)}</code>
            </p>
            <p>
              <code>[{hex(entry().at)}]</code> = <code class="entry-value">{hex(entry().value)}</code>
              <Show when={entry().before !== undefined && entry().before}>
                {(before) => (
                  <>
                    , <span class="quiet">before the edit</span> <code>{hex(before())}</code>
                  </>
                )}
              </Show>
            </p>
            <Bits value={entry().value} fields={entry().fields} />
          </>
        )}
      </Show>
    </section>
  );
}
