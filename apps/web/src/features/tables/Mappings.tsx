import { createUniqueId, type JSX, Show } from 'solid-js';
import { bytesText, count, hex, rangeText } from '../../shared/format.ts';
import { VirtualTable } from '../../shared/VirtualTable.tsx';
import type { MappingList, TableFacts } from './model.ts';
import { inputRange } from './rows.ts';

/** What is mapped, and a filter. */
export function Mappings(props: {
  readonly facts: TableFacts;
  readonly list: MappingList | undefined;
  readonly filter: string;
  readonly isStale: boolean;
  readonly rowHeight: number;
  readonly onFilter: (text: string) => void;
  readonly onWalk: (va: bigint) => void;
}): JSX.Element {
  const id = createUniqueId();
  const range = (row: number) => inputRange(props.facts, props.list?.page[row] ?? 0, props.list?.pages[row] ?? 1);
  const output = (row: number): bigint => BigInt(props.list?.frame[row] ?? 0) << BigInt(props.facts.pageShift);
  const size = (row: number): number => (props.list?.pages[row] ?? 0) * 2 ** props.facts.pageShift;
  return (
    <section aria-labelledby={`${id}-title`} classList={{ stale: props.isStale }} class="mappings">
      <div class="section-head">
        <h2 id={`${id}-title`}>Mappings</h2>
        <Show when={props.list}>
          {(list) => (
            <p class="quiet" role="status">
              {list().page.length === list().total
                ? `${count(list().total)}, ${bytesText(Number(list().bytes))}`
                : `${count(list().page.length)} of ${count(list().total)}`}
            </p>
          )}
        </Show>
      </div>
      <div class="field">
        <label for={id}>Only with</label>
        <input
          id={id}
          type="text"
          spellcheck={false}
          autocomplete="off"
          placeholder="an address, or rw, device …"
          value={props.filter}
          onInput={({ currentTarget }) => props.onFilter(currentTarget.value)}
        />
      </div>
      <VirtualTable
        label="Mappings"
        columns={['Input', 'Output', 'Size', 'What it allows']}
        count={props.list?.page.length ?? 0}
        height={props.rowHeight}
        cell={(row, column) => {
          if (column === 0)
            return (
              <button type="button" class="plain" title="Walk to it" onClick={() => props.onWalk(range(row).start)}>
                <code>{rangeText(range(row))}</code>
              </button>
            );
          if (column === 1) return <code>{hex(output(row))}</code>;
          return column === 2 ? bytesText(size(row)) : props.list?.texts[props.list.says[row] ?? 0];
        }}
      />
    </section>
  );
}
