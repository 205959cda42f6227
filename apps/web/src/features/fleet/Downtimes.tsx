import type { Distribution } from '@kexeckit/rollout';
import { createMemo, For, type JSX, Show } from 'solid-js';
import { Columns } from '../../shared/Columns.tsx';
import { count } from '../../shared/format.ts';
import { type HistogramPicture, histogramOf } from './histogram.ts';
import { hostsText, spanText } from './words.ts';

/** How long hosts were away: from the commit until they answered as the expected kernel. */
export function Downtimes(props: { readonly downtimes: Distribution }): JSX.Element {
  const picture = createMemo(() => histogramOf(props.downtimes));
  return (
    <section aria-labelledby="downtimes-title">
      <div class="section-head">
        <h2 id="downtimes-title">Downtime</h2>
        <p class="quiet">from the commit until the host answered as the expected kernel</p>
      </div>
      <Show when={props.downtimes.n > 0} fallback={<p class="note quiet">No host has come back yet.</p>}>
        <p class="fleet-figures">{figuresText(props.downtimes)}</p>
        <Histogram picture={picture()} label={figuresText(props.downtimes)} />
        <details>
          <summary>The bars as a table</summary>
          <table class="fleet-bins">
            <Columns of={[{ title: 'away for' }, { title: 'hosts', look: 'number' }]} />
            <tbody>
              <For each={props.downtimes.bins}>
                {({ least, below, count: hosts }) => (
                  <tr>
                    <td>
                      {spanText(least)} to {spanText(below)}
                    </td>
                    <td class="number">{count(hosts)}</td>
                  </tr>
                )}
              </For>
            </tbody>
          </table>
        </details>
      </Show>
    </section>
  );
}

function figuresText({ n, p50, p90, p99, most }: Distribution): string {
  const parts = [
    ['median', p50],
    ['90 %', p90],
    ['99 %', p99],
    ['longest', most],
  ] as const;
  const told = parts.flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${spanText(value)}`]));
  return `${hostsText(n)}: ${told.join(', ')}`;
}

/** In its own units, which the page makes as wide as there is room for; texts are no part of it, to stay as large as they are. */
function Histogram(props: { readonly picture: HistogramPicture; readonly label: string }): JSX.Element {
  const across = (share: number): string => `${100 * share}%`;
  return (
    <div class="fleet-histogram" role="img" aria-label={`Downtime: ${props.label}`}>
      <For each={props.picture.rows}>
        {({ share, text }) => (
          <div class="fleet-row" style={{ bottom: across(share) }}>
            <span>{text}</span>
          </div>
        )}
      </For>
      <For each={props.picture.bars}>
        {({ left, width, height, title }) => (
          <div
            class="fleet-bar"
            title={title}
            style={{
              left: across(left),
              width: across(width),
              height: `max(${height > 0 ? 2 : 0}px, ${across(height)})`,
            }}
          />
        )}
      </For>
      <For each={props.picture.ticks}>
        {({ share, text }) => (
          <div class="fleet-tick" style={{ left: across(share) }}>
            <span>{text}</span>
          </div>
        )}
      </For>
    </div>
  );
}
