import { type Accessor, createSignal, type JSX, onCleanup, Show } from 'solid-js';
import { count } from '../../shared/format.ts';
import { VirtualTable } from '../../shared/VirtualTable.tsx';
import { glanceAt, type HostGlance, type RolloutPicture } from './picture.ts';
import type { MapColours } from './raster.ts';
import { Swatch } from './Swatch.tsx';

const COLUMNS = ['host', 'outcome', 'wave', 'what'];
/** Pixels of a row, and of one whose cells stand below each other. */
const ROW = 30;
const TALL_ROW = 104;

/** Every host that was lost, failed or was refused, the lost first. */
export function Troubles(props: {
  readonly picture: RolloutPicture;
  readonly colours: MapColours | undefined;
  readonly chosen: number | undefined;
  readonly onChoose: (host: number) => void;
}): JSX.Element {
  const isNarrow = createMedia('(max-width: 700px)');
  const hostOf = (row: number): HostGlance | undefined => glanceAt(props.picture, props.picture.troubled[row] ?? -1);
  const cell = (row: number, column: number): JSX.Element => {
    const host = (): HostGlance | undefined => hostOf(row);
    switch (column) {
      case 0:
        return (
          <button
            type="button"
            class="fleet-host"
            aria-pressed={host()?.at === props.chosen}
            onClick={() => props.onChoose(host()?.at ?? 0)}
          >
            {host()?.name}
          </button>
        );
      case 1:
        return (
          <>
            <Swatch standing={host()?.standing ?? 'failed'} colours={props.colours} /> {host()?.standing} at{' '}
            {host()?.phase}
          </>
        );
      case 2:
        return <>{host()?.wave}</>;
      default:
        return (
          <span title={host()?.trouble?.what}>
            <code>{host()?.trouble?.code}</code> {host()?.trouble?.what}
          </span>
        );
    }
  };
  return (
    <section aria-labelledby="troubles-title" class="fleet-troubles">
      <div class="section-head">
        <h2 id="troubles-title">Hosts in trouble</h2>
        <p class="quiet">{count(props.picture.troubled.length)}: lost, failed or refused, the lost first</p>
      </div>
      <Show
        when={props.picture.troubled.length > 0}
        fallback={<p class="note quiet">No host failed, was lost or was refused.</p>}
      >
        <VirtualTable
          label="Hosts in trouble"
          columns={COLUMNS}
          count={props.picture.troubled.length}
          height={isNarrow() ? TALL_ROW : ROW}
          cell={cell}
        />
      </Show>
    </section>
  );
}

/** Whether the page is so, as it changes. */
function createMedia(query: string): Accessor<boolean> {
  const media = matchMedia(query);
  const [matches, setMatches] = createSignal(media.matches);
  const follow = (): void => void setMatches(media.matches);
  media.addEventListener('change', follow);
  onCleanup(() => media.removeEventListener('change', follow));
  return matches;
}
