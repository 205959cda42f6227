import { strategies } from '@kexeckit/relocation';
import { For, type JSX, Show } from 'solid-js';
import { boardTitle } from '../desk/boards.ts';
import { strategyOr } from '../desk/strategy.ts';
import { FailureNote } from '../features/failure/FailureNote.tsx';
import { createMapLook, type KeptLook } from '../features/map/look.ts';
import { MapPicture } from '../features/map/MapPicture.tsx';
import { MarkTable } from '../features/map/MarkTable.tsx';
import { Problems } from '../features/map/Problems.tsx';
import { Rehearsal } from '../features/map/Rehearsal.tsx';
import { ResourceTree } from '../features/map/ResourceTree.tsx';
import type { ProofRow } from '../features/proof/model.ts';
import { ProofList } from '../features/proof/ProofList.tsx';
import { Later } from '../shared/Later.tsx';
import type { Address } from './address.ts';
import type { Lab } from './lab.ts';
import { createMapPlay, type MapPlay } from './map-play.ts';
import { params } from './params.ts';

/** The machine's memory from terabytes to pages, with a plan, its proof and its rehearsal drawn on it. */
export function MapPage(props: { readonly lab: Lab }): JSX.Element {
  const { lab } = props;
  const play = createMapPlay(lab);
  const look = createMapLook(play, keptIn(lab.address));
  const machine = (): string => {
    const { items, board } = lab.desk.subject();
    return items.map?.name ?? boardTitle(board);
  };
  return (
    <main class="map-page" aria-busy={play.work() !== undefined}>
      <Show when={lab.desk.wishes() === undefined}>
        <p class="bad">Something that was typed on the first page is wrong: nothing is planned before it is mended.</p>
      </Show>
      <FailureNote failure={play.failure() ?? play.plan()?.failure} />
      <section aria-labelledby="memory-title">
        <div class="map-head">
          <h2 id="memory-title">{machine()}</h2>
          <Source lab={lab} play={play} />
        </div>
        <Working play={play} />
        <div class="map-columns">
          <MapPicture look={look} title={machine()} />
          <div>
            <Later>
              <ResourceTree
                rows={play.machine()?.resources ?? []}
                chosen={look.row()}
                onChoose={(index) => look.choose(`row@${index}`)}
              />
            </Later>
          </div>
        </div>
        <Later>
          <MarkTable model={look.model()} onChoose={look.choose} />
        </Later>
      </section>
      <Problems problems={look.problems()} chosen={look.chosen()?.id} onChoose={look.choose} />
      <Later>
        <ProofList strategy={play.plan()?.strategy ?? lab.strategy()} rows={play.plan()?.proof?.map(counted)} />
        <Rehearsal
          runs={play.runs()}
          isReady={play.work() === undefined && play.plan()?.proof !== undefined && !play.isStale()}
          onRehearse={play.rehearse}
        />
      </Later>
    </main>
  );
}

/** The address keeps what is looked at. */
const keptIn = ({ param, setParams }: Address): KeptLook => ({
  get: (name) => param(params.map[name]),
  set: (name, text) => setParams(new Map([[params.map[name], text]])),
});

/** A row of the proof with its counts alone: what was found is listed by address above. */
const counted = (row: ProofRow): ProofRow => ({ ...row, found: [] });

const SAVED = 'saved plan';

/** Whose plan is on the map. */
function Source(props: { readonly lab: Lab; readonly play: MapPlay }): JSX.Element {
  const saved = (): string | undefined => props.lab.desk.subject().items.plan?.name;
  const choose = (value: string): void => {
    props.play.setSaved(value === SAVED);
    if (value !== SAVED) props.lab.select(strategyOr(value));
  };
  return (
    <label class="map-source">
      Plan{' '}
      <select onChange={({ currentTarget }) => choose(currentTarget.value)}>
        <Show when={saved()}>
          {(name) => (
            <option value={SAVED} selected={props.play.isSaved()}>
              saved: {name()}
            </option>
          )}
        </Show>
        <For each={strategies}>
          {({ name }) => (
            <option value={name} selected={!props.play.isSaved() && props.lab.strategy() === name}>
              {name}
            </option>
          )}
        </For>
      </select>
    </label>
  );
}

/** What the worker is at, and how to end it. */
function Working(props: { readonly play: MapPlay }): JSX.Element {
  return (
    <div class="asking map-source" role="status" data-stale={props.play.isStale()}>
      <Show
        when={props.play.work()}
        fallback={
          <Show when={props.play.isStale()}>
            <Show when={props.play.plan()}>What is shown is of before.</Show>
            <button type="button" onClick={() => props.play.again()}>
              Plan
            </button>
          </Show>
        }
      >
        {(work) => (
          <>
            {work()} … <Show when={props.play.plan() && props.play.isStale()}>What is shown is of before.</Show>
            <button type="button" onClick={() => props.play.cancel()}>
              Cancel
            </button>
          </>
        )}
      </Show>
    </div>
  );
}
