import { type Phase, phases, publishedTimelines } from '@kexeckit/reboot';
import { type StrategyName, strategies } from '@kexeckit/relocation';
import { scaleLinear } from 'd3-scale';
import { createSignal, For, type JSX } from 'solid-js';
import type { Results } from './lab.ts';
import { type TimelineRow, timelineRow } from './model/timeline.ts';
import { type Scale, TimelineBar } from './TimelineBar.tsx';

const published = publishedTimelines.map(timelineRow);

/** How long each strategy takes, phase by phase, beside what was published. */
export function Timeline(props: { readonly results: Results; readonly selected: StrategyName }): JSX.Element {
  const [withSkipped, setWithSkipped] = createSignal(false);
  const computed = (): (TimelineRow | undefined)[] => strategies.map(({ name }) => props.results[name]?.timeline);
  const scale = (): Scale => {
    const rows = [...published, ...computed().filter((row) => row !== undefined)];
    const longest = Math.max(...rows.map((row) => (withSkipped() ? row.totalWithSkipped : row.total)));
    const linear = scaleLinear().domain([0, longest * 1.02]);
    return { at: (seconds) => 100 * linear(seconds), ticks: linear.ticks(5) };
  };
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
          with checksum
        </label>
      </div>
      <table>
        <thead>
          <tr>
            <th scope="col">Strategy</th>
            <th scope="col" class="axis-cell">
              <span class="visually-hidden">Bar</span>
              <Axis scale={scale()} />
            </th>
            <For each={phases}>
              {(phase) => (
                <th scope="col" class="number">
                  <Swatch phase={phase} />
                  {phase}
                </th>
              )}
            </For>
            <th scope="col" class="number">
              {withSkipped() ? 'with checksum' : 'total'}
            </th>
          </tr>
        </thead>
        <tbody>
          <For each={strategies}>
            {({ name: strategy }, index) => (
              <TimelineBar
                row={computed()[index()]}
                label={strategy}
                selected={props.selected === strategy}
                scale={scale()}
                withSkipped={withSkipped()}
              />
            )}
          </For>
        </tbody>
        <tbody>
          <tr class="group">
            <th colSpan={7} scope="rowgroup">
              Published measurements of the same machine
            </th>
          </tr>
          <For each={published}>
            {(row) => (
              <TimelineBar row={row} label={row.label} selected={false} scale={scale()} withSkipped={withSkipped()} />
            )}
          </For>
        </tbody>
      </table>
      <p class="quiet note">
        Seconds. A hatched piece was skipped: a checksum in purgatory, with caches off, would take that long. It counts
        only with the switch above; without it, a hatched stub at the end of a bar stands for it.
      </p>
    </section>
  );
}

function Axis(props: { readonly scale: Scale }): JSX.Element {
  return (
    <span class="axis" aria-hidden="true">
      <For each={props.scale.ticks}>
        {(tick) => (
          <span class="tick" style={{ left: `${props.scale.at(tick)}%` }}>
            {tick === 0 ? '0 s' : tick}
          </span>
        )}
      </For>
    </span>
  );
}

/** The colour of a phase. */
function Swatch(props: { readonly phase: Phase }): JSX.Element {
  return <span class={`swatch phase-${props.phase}`} aria-hidden="true" />;
}
