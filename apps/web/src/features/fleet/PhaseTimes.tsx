import { type Distribution, type HostPhase, hostPhases } from '@kexeckit/rollout';
import { scaleLinear } from 'd3-scale';
import { For, type JSX, Show } from 'solid-js';
import { Columns } from '../../shared/Columns.tsx';
import { count } from '../../shared/format.ts';
import { phaseMeanings, spanText } from './words.ts';

const COLUMNS = [
  { title: 'phase' },
  { title: 'hosts', look: 'number' },
  { title: 'median', look: 'number' },
  { title: '90 %', look: 'number' },
  { title: 'longest', look: 'number' },
  { title: '' },
];

/** How long each phase took, over the hosts that went through it. */
export function PhaseTimes(props: { readonly phases: Readonly<Record<HostPhase, Distribution>> }): JSX.Element {
  const longest = (): number => Math.max(1, ...hostPhases.map((phase) => props.phases[phase].p90 ?? 0));
  const place = (ms: number | undefined): string => `${scaleLinear([0, longest()], [0, 100])(ms ?? 0)}%`;
  return (
    <section aria-labelledby="phases-title">
      <div class="section-head">
        <h2 id="phases-title">Phases</h2>
        <p class="quiet">
          of hosts that have ended; each figure is one of their times. Bars end at 90 %, marks are medians.
        </p>
      </div>
      <div class="fleet-scroll">
        <table class="fleet-phases">
          <Columns of={COLUMNS} />
          <tbody>
            <For each={hostPhases}>
              {(phase) => (
                <tr data-phase={phase}>
                  <th scope="row">
                    <abbr title={phaseMeanings[phase]}>{phase}</abbr>
                  </th>
                  <td class="number">{count(props.phases[phase].n)}</td>
                  <td class="number">{spanText(props.phases[phase].p50)}</td>
                  <td class="number">{spanText(props.phases[phase].p90)}</td>
                  <td class="number">{spanText(props.phases[phase].most)}</td>
                  <td class="fleet-progress-cell" aria-hidden="true">
                    <Show when={props.phases[phase].p90}>
                      <div class="fleet-phase-bar">
                        <div class="fleet-phase-most" style={{ width: place(props.phases[phase].p90) }} />
                        <div class="fleet-phase-middle" style={{ left: place(props.phases[phase].p50) }} />
                      </div>
                    </Show>
                  </td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </div>
    </section>
  );
}
