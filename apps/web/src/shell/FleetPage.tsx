import { createSignal, type JSX, Show } from 'solid-js';
import { offersFleet } from '../desk/host.ts';
import { FailureNote } from '../features/failure/FailureNote.tsx';
import { createColours } from '../features/fleet/colours.ts';
import { Downtimes } from '../features/fleet/Downtimes.tsx';
import { FindHost } from '../features/fleet/FindHost.tsx';
import { HeatMap } from '../features/fleet/HeatMap.tsx';
import { HostPanel } from '../features/fleet/HostPanel.tsx';
import { PhaseTimes } from '../features/fleet/PhaseTimes.tsx';
import { glanceAt, type HostGlance, type RolloutPicture } from '../features/fleet/picture.ts';
import type { MapColours } from '../features/fleet/raster.ts';
import { Moment, NoRollout, Source } from '../features/fleet/Source.tsx';
import { Summary } from '../features/fleet/Summary.tsx';
import { Troubles } from '../features/fleet/Troubles.tsx';
import { Waves } from '../features/fleet/Waves.tsx';
import { createFleetSource, divertDropped, type FleetSource } from './fleet-source.ts';
import type { Lab } from './lab.ts';
import '../features/fleet/style.css';

/** A rollout over a fleet of hosts, as it stands. */
export function FleetPage(props: { readonly lab: Lab }): JSX.Element {
  const source = createFleetSource(props.lab.address);
  const [page, setPage] = createSignal<HTMLElement>();
  const colours = createColours(page);
  divertDropped(source.open);
  return (
    <main class="fleet" aria-busy={source.isReading() && source.picture() === undefined} ref={setPage}>
      <Source
        chosen={source.chosen()}
        file={source.file()}
        rollouts={source.rollouts()}
        onChoose={source.choose}
        onOpen={source.open}
      />
      <Show when={source.chosen().kind === 'example'}>
        <Moment percent={source.percent()} onChange={source.setPercent} />
      </Show>
      <FailureNote failure={source.failure()} />
      <Show
        when={source.picture()}
        fallback={
          <Show when={!source.isReading()} fallback={<p class="note quiet">The rollout is being read …</p>}>
            <NoRollout isServed={offersFleet()} />
          </Show>
        }
      >
        {(picture) => <Shown picture={picture()} source={source} colours={colours()} />}
      </Show>
    </main>
  );
}

function Shown(props: {
  readonly picture: RolloutPicture;
  readonly source: FleetSource;
  readonly colours: MapColours | undefined;
}): JSX.Element {
  const glance = (): HostGlance | undefined => glanceAt(props.picture, props.source.host() ?? -1);
  return (
    <>
      <Summary picture={props.picture} colours={props.colours} />
      <Waves waves={props.picture.waves} />
      <section aria-labelledby="fleet-map-title">
        <div class="section-head">
          <h2 id="fleet-map-title">Hosts</h2>
          <FindHost picture={props.picture} chosen={props.source.host()} onChoose={props.source.chooseHost} />
        </div>
        <p id="fleet-keys" class="quiet fleet-keys">
          A cell for each host. The arrow keys move the cursor, Page Up and Page Down lead from wave to wave, Enter
          keeps a host, Escape lets it go. Hosts in trouble are a table below.
        </p>
        <HeatMap
          picture={props.picture}
          colours={props.colours}
          chosen={props.source.host()}
          onChoose={props.source.chooseHost}
        />
      </section>
      <Show when={glance()}>
        {(host) => (
          <HostPanel
            picture={props.picture}
            host={host()}
            story={props.source.story()}
            onClose={() => props.source.chooseHost(undefined)}
          />
        )}
      </Show>
      <div class="fleet-columns">
        <PhaseTimes phases={props.picture.phases} />
        <Downtimes downtimes={props.picture.downtimes} />
      </div>
      <Troubles
        picture={props.picture}
        colours={props.colours}
        chosen={props.source.host()}
        onChoose={props.source.chooseHost}
      />
    </>
  );
}
