import { createUniqueId, For, type JSX, Show } from 'solid-js';
import { count, hex, rangeText } from '../../shared/format.ts';
import { VirtualTable } from '../../shared/VirtualTable.tsx';
import type { Words } from '../../shared/words.ts';
import { Bits } from './Bits.tsx';
import type { DifferenceView, FindingsView, RegisterView, SideView, Some } from './model.ts';

/** Findings in the open; more are told by their number. */
const MOST_FINDINGS = 100;

/** What should not be in the tables. */
export function Findings(props: { readonly found: FindingsView | undefined; readonly isStale: boolean }): JSX.Element {
  const id = createUniqueId();
  return (
    <section aria-labelledby={id} classList={{ stale: props.isStale }} class="table-findings">
      <h2 id={id}>Check</h2>
      <Show when={props.found}>
        {(found) => (
          <>
            <p>
              {found().total === 0 ? 'Nothing that should not be.' : `${count(found().total)} that should not be.`}{' '}
              <span class="quiet">
                {found().knowsRam
                  ? "Held against the machine's RAM."
                  : 'It is not known where RAM is: any address may be.'}
              </span>
            </p>
            <ul>
              <For each={found().rows.slice(0, MOST_FINDINGS)}>
                {(finding) => (
                  <li data-severity={finding.severity}>
                    <strong>{finding.code}</strong> <code>{finding.where}</code>{' '}
                    <span class="quiet">{finding.advice}</span>
                  </li>
                )}
              </For>
            </ul>
            <Show when={found().total > MOST_FINDINGS}>
              <p class="quiet">The first {MOST_FINDINGS} are shown.</p>
            </Show>
          </>
        )}
      </Show>
    </section>
  );
}

/** What other tables translate differently. */
export function Differences(props: {
  readonly found: Some<DifferenceView> | undefined;
  readonly failure: Words | undefined;
  readonly isStale: boolean;
  readonly rowHeight: number;
  readonly onWalk: (va: bigint) => void;
}): JSX.Element {
  const id = createUniqueId();
  const side = (view: SideView | undefined): JSX.Element => (
    <Show when={view} fallback={<span class="quiet">not mapped</span>}>
      {(mapped) => (
        <>
          <code>{hex(mapped().pa)}</code> {mapped().says}
        </>
      )}
    </Show>
  );
  return (
    <section aria-labelledby={id} classList={{ stale: props.isStale }} class="table-differences">
      <h2 id={id}>Differences</h2>
      <Show when={props.failure}>
        {(failure) => (
          <p class="bad" role="alert">
            {failure().message}: {failure().hint}
          </p>
        )}
      </Show>
      <Show when={props.failure === undefined && props.found}>
        {(found) => (
          <>
            <p role="status">
              {found().total === 0 ? 'Both translate every address alike.' : `${count(found().total)} ranges differ.`}
              <Show when={found().total > found().rows.length}> The first {count(found().rows.length)} are shown.</Show>
            </p>
            <VirtualTable
              label="Differences"
              columns={['Input', 'These tables', 'The others']}
              count={found().rows.length}
              height={props.rowHeight}
              cell={(row, column) => {
                const difference = found().rows[row];
                if (difference === undefined) return undefined;
                if (column === 0)
                  return (
                    <button
                      type="button"
                      class="plain"
                      title="Walk to it"
                      onClick={() => props.onWalk(difference.start)}
                    >
                      <code>{rangeText(difference)}</code>
                    </button>
                  );
                return side(column === 1 ? difference.before : difference.after);
              }}
            />
          </>
        )}
      </Show>
    </section>
  );
}

/** The registers that turn the tables on. */
export function Registers(props: { readonly registers: readonly RegisterView[] }): JSX.Element {
  const id = createUniqueId();
  return (
    <section aria-labelledby={id} class="registers">
      <h2 id={id}>Registers</h2>
      <For each={props.registers}>
        {(register) => (
          <details data-register={register.name}>
            <summary>
              {register.name} = <code>{hex(register.value)}</code>
            </summary>
            <Bits value={register.value} fields={register.fields} />
          </details>
        )}
      </For>
    </section>
  );
}
