import { For, type JSX } from 'solid-js';
import { Columns } from '../../shared/Columns.tsx';
import { count } from '../../shared/format.ts';
import { type PicturedWave, standings } from './picture.ts';
import { waveWords } from './words.ts';

const COLUMNS = [
  { title: 'wave' },
  { title: 'stands' },
  { title: 'ended', look: 'number' },
  { title: 'under way', look: 'number' },
  { title: 'failed, lost', look: 'number' },
  { title: '' },
];

/** The waves, and how far each is. */
export function Waves(props: { readonly waves: readonly PicturedWave[] }): JSX.Element {
  return (
    <section aria-labelledby="waves-title">
      <h2 id="waves-title">Waves</h2>
      <div class="fleet-scroll">
        <table class="fleet-waves">
          <Columns of={COLUMNS} />
          <tbody>
            <For each={props.waves}>
              {(wave) => (
                <tr data-wave={wave.name}>
                  <th scope="row">{wave.name}</th>
                  <td>{waveWords[wave.state]}</td>
                  <td class="number">
                    {count(endedOf(wave))} of {count(wave.hosts)}
                  </td>
                  <td class="number">{count(wave.counts.running)}</td>
                  <td class="number">{count(wave.counts.failed + wave.counts.lost)}</td>
                  <td class="fleet-progress-cell">
                    <Progress wave={wave} />
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

const endedOf = ({ hosts, counts }: PicturedWave): number => hosts - counts.waiting - counts.running;

/** The shares of a wave's hosts; the numbers beside it say the same. */
const Progress = (props: { readonly wave: PicturedWave }): JSX.Element => (
  <div class="fleet-progress" aria-hidden="true">
    <For each={standings.toSorted((a, b) => order(a) - order(b))}>
      {(standing) => (
        <div
          data-standing={standing}
          style={{ width: `${(100 * props.wave.counts[standing]) / Math.max(1, props.wave.hosts)}%` }}
        />
      )}
    </For>
  </div>
);

/** What has ended comes first, and what waits last. */
const order = (standing: string): number => (standing === 'waiting' ? 2 : standing === 'running' ? 1 : 0);
