import type { HostStanding } from '@kexeckit/rollout';
import { For, type JSX } from 'solid-js';
import { count } from '../../shared/format.ts';
import { type RolloutPicture, standings } from './picture.ts';
import type { MapColours } from './raster.ts';
import { Swatch } from './Swatch.tsx';
import { gateWords, hostsText, momentText, spanText, standingMeanings, stateWords } from './words.ts';

/** Outcomes that are told even where no host has come to them. */
const ALWAYS: readonly string[] = ['done', 'failed', 'lost'];

/** How a rollout stands, in a few numbers. */
export function Summary(props: {
  readonly picture: RolloutPicture;
  readonly colours: MapColours | undefined;
}): JSX.Element {
  const of = (): RolloutPicture => props.picture;
  const shown = (): readonly HostStanding[] =>
    standings.filter((each) => of().counts[each] > 0 || ALWAYS.includes(each));
  const failures = (): number => of().counts.failed + of().counts.lost;
  return (
    <section aria-labelledby="fleet-title" class="fleet-summary">
      <div class="section-head">
        <h2 id="fleet-title">
          {of().id} <span class="quiet">{stateWords[of().state]}</span>
        </h2>
        <p class="quiet">
          {hostsText(of().standing.length)}, {of().ended === undefined ? 'for' : 'in'}{' '}
          {spanText((of().ended ?? of().now) - of().started)}; begun {momentText(of().started)}
        </p>
      </div>
      <p class="fleet-gate" data-gate={of().gate.state}>
        <abbr title="Before each commit a worker looks whether reboots may begin: budget, windows, blockers, pause, abort.">
          Gate
        </abbr>{' '}
        {gateWords(of().gate, of().state)}
      </p>
      <ul class="fleet-counts">
        <For each={shown()}>
          {(standing) => (
            <li data-standing={standing}>
              <Swatch standing={standing} colours={props.colours} />
              <span class="fleet-count">{count(of().counts[standing])}</span>{' '}
              <abbr title={standingMeanings[standing]}>{standing}</abbr>
            </li>
          )}
        </For>
      </ul>
      <p class="quiet fleet-budget">
        {count(failures())} failed or lost; the rollout stops when there are more than {count(of().failureBudget)}.
      </p>
    </section>
  );
}
