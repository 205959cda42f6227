import { phases } from '@kexeckit/reboot';
import { type StrategyName, strategies } from '@kexeckit/relocation';
import { ticks } from 'd3-array';
import { createMemo, createSignal, For, type JSX, Show } from 'solid-js';
import { longestOf, publishedRows, standsBesidePublished, type TimelineRow } from './model.ts';
import type { Scale } from './Stack.tsx';
import { TimelineBar } from './TimelineBar.tsx';
import { COLUMNS, TimelineHead } from './TimelineHead.tsx';
import './style.css';

/** What the switch adds to the bars. */
const WITH_SKIPPED = `with ${phases.checksum.name}`;

/** How long each strategy takes, phase by phase, beside what was published. */
export function Timeline(props: {
  readonly rowOf: (strategy: StrategyName) => TimelineRow | undefined;
  /** Whether a row is of the run before. */
  readonly isStale: (strategy: StrategyName) => boolean;
  readonly selected: StrategyName;
}): JSX.Element {
  const [withSkipped, setWithSkipped] = createSignal(false);
  const computed = createMemo((): (TimelineRow | undefined)[] => strategies.map(({ name }) => props.rowOf(name)));
  const isPublished = createMemo(() => standsBesidePublished(computed()));
  const longest = createMemo(() => longestOf(computed(), withSkipped()) * 1.02);
  const scale = createMemo(
    (): Scale => ({ at: (seconds) => (100 * seconds) / longest(), ticks: ticks(0, longest(), 5) }),
  );
  return (
    <section aria-labelledby="timeline-title" class="timeline">
      <div class="section-head">
        <h2 id="timeline-title">
          How long it takes <span class="quiet">all strategies</span>
        </h2>
        <label class="toggle">
          <input
            type="checkbox"
            checked={withSkipped()}
            onChange={({ currentTarget }) => setWithSkipped(currentTarget.checked)}
          />
          {WITH_SKIPPED}
        </label>
      </div>
      <table>
        <TimelineHead scale={scale()} total={withSkipped() ? WITH_SKIPPED : 'total'} />
        <tbody>
          <For each={strategies}>
            {({ name }) => (
              <TimelineBar
                row={props.rowOf(name)}
                label={name}
                selected={props.selected === name}
                isOfBefore={props.isStale(name)}
                scale={scale()}
                withSkipped={withSkipped()}
              />
            )}
          </For>
        </tbody>
        <Show when={isPublished()}>
          <Published scale={scale()} withSkipped={withSkipped()} />
        </Show>
      </table>
      <p class="quiet note">
        Seconds. A hatched piece was skipped: a checksum in purgatory, with caches off, would take that long. It counts
        only with the switch above; without it, a hatched stub at the end of a bar stands for it.
      </p>
    </section>
  );
}

/** Published timelines of the same machine. */
function Published(props: { readonly scale: Scale; readonly withSkipped: boolean }): JSX.Element {
  return (
    <tbody>
      <tr class="group">
        <th colSpan={COLUMNS} scope="rowgroup">
          Published measurements of the same machine
        </th>
      </tr>
      <For each={publishedRows}>
        {(row) => (
          <TimelineBar
            row={row}
            label={row.label}
            selected={false}
            scale={props.scale}
            withSkipped={props.withSkipped}
          />
        )}
      </For>
    </tbody>
  );
}
