import { strategies } from '@kexeckit/relocation';
import { createEffect, createMemo, createSignal, For, type JSX, onCleanup, onMount, Show } from 'solid-js';
import { strategyOr } from '../desk/strategy.ts';
import { FailureNote } from '../features/failure/FailureNote.tsx';
import { Caches } from '../features/player/Caches.tsx';
import { Entries } from '../features/player/Entries.tsx';
import type { PlayerFacts, PlayerState } from '../features/player/facts.ts';
import { partAt } from '../features/player/model.ts';
import { PageMap } from '../features/player/PageMap.tsx';
import { Program } from '../features/player/Program.tsx';
import { Registers } from '../features/player/Registers.tsx';
import { Outcome, Sabotages } from '../features/player/Sabotages.tsx';
import { sabotageNames } from '../features/player/sabotages.ts';
import { Transport } from '../features/player/Transport.tsx';
import { inTurn, type Scene } from '../features/player/turns.ts';
import { count, hex } from '../shared/format.ts';
import type { Lab } from './lab.ts';
import { createPlay, type Play } from './player-play.ts';
import '../features/player/style.css';

/** What takes keys itself. */
const TAKES_SPACE = 'button, input, select, textarea, a, summary';
const TAKES_ARROWS = 'input, select, textarea';

/** The relocation, instruction by instruction. */
export function PlayerPage(props: { readonly lab: Lab }): JSX.Element {
  const play = createPlay(props.lab);
  const onKey = (event: KeyboardEvent): void => {
    if (!play.isReady() || event.altKey || event.ctrlKey || event.metaKey || !(event.target instanceof Element)) return;
    const { key, target } = event;
    if (key === ' ' && target.closest(TAKES_SPACE) === null) play.toggle();
    else if (key === 'ArrowRight' && target.closest(TAKES_ARROWS) === null) play.step(1);
    else if (key === 'ArrowLeft' && target.closest(TAKES_ARROWS) === null) play.step(-1);
    else return;
    event.preventDefault();
  };
  onMount(() => document.addEventListener('keydown', onKey));
  onCleanup(() => document.removeEventListener('keydown', onKey));
  return (
    <main class="player" aria-busy={play.progress() !== undefined}>
      <FailureNote failure={play.failure()} />
      <div class="setup">
        <label>
          Strategy{' '}
          <select
            value={props.lab.strategy()}
            onChange={({ currentTarget }) => props.lab.select(strategyOr(currentTarget.value))}
          >
            <For each={strategies}>{({ name }) => <option value={name}>{name}</option>}</For>
          </select>
        </label>
        <Sabotages
          selected={play.question().sabotage}
          possible={play.facts()?.possible ?? sabotageNames}
          onSelect={play.setSabotage}
        />
      </div>
      <Loading play={play} />
      <Show when={play.facts()}>
        {(facts) => (
          <Show when={play.state()}>{(state) => <Played play={play} facts={facts()} state={state()} />}</Show>
        )}
      </Show>
    </main>
  );
}

/** How far loading is, and a way out of it. */
function Loading(props: { readonly play: Play }): JSX.Element {
  const words = (): string => {
    const now = props.play.progress();
    if (now === undefined) return '';
    if (now.doing === 'planning') return 'The reboot is planned and proved …';
    return `It runs once to its end: ${count(now.steps)} instructions …`;
  };
  return (
    <div class="loading">
      <Show
        when={props.play.progress()}
        fallback={
          <Show when={props.play.isStale()}>
            <button type="button" onClick={props.play.load}>
              Load
            </button>
          </Show>
        }
      >
        <button type="button" onClick={props.play.cancel}>
          Cancel
        </button>
      </Show>
      <span>{words()}</span>
    </div>
  );
}

/** Parts of the page that come one after the other. */
const TURNS = 5;

function Played(props: { readonly play: Play; readonly facts: PlayerFacts; readonly state: PlayerState }): JSX.Element {
  const { play } = props;
  const instruction = (): string =>
    props.facts.program.find(({ address }) => address === props.state.pc)?.text ?? hex(props.state.pc);
  const place = (): string =>
    play.isReady()
      ? `Step ${count(props.state.step)} of ${count(props.facts.total)}, ${partAt(props.facts, props.state.step)}: ${instruction()}`
      : `Before the first step: ${instruction()}`;
  const [said, setSaid] = createSignal('');
  createEffect(() => {
    if (!play.isRunning()) setSaid(place());
  });
  const scene = createMemo((): Scene => ({ facts: props.facts, state: props.state, before: play.before() }));
  const inItsTurn = inTurn(scene, TURNS);
  const map = inItsTurn(1);
  const program = inItsTurn(2);
  const registers = inItsTurn(3);
  const entries = inItsTurn(4);
  const caches = inItsTurn(TURNS);
  return (
    <div class="played" classList={{ stale: play.isStale() }} inert={!play.isReady()}>
      <Outcome facts={props.facts} hasRun={play.isReady() || play.isStale()} onGoTo={play.goTo} />
      <Transport
        facts={props.facts}
        step={props.state.step}
        isRunning={play.isRunning()}
        unit={play.unit()}
        speed={play.speed()}
        onRun={play.toggle}
        onStep={play.step}
        onGoTo={play.goTo}
        onUnit={play.setUnit}
        onSpeed={play.setSpeed}
      />
      <p class="place" data-step={props.state.step}>
        {place()}
      </p>
      <p class="visually-hidden" role="status">
        {said()}
      </p>
      <p class="keys quiet">
        <kbd>Space</kbd> runs and pauses, <kbd>←</kbd> and <kbd>→</kbd> step.
      </p>
      <Show when={map()}>{(its) => <PageMap pages={its().facts.pages} states={its().state.pages} />}</Show>
      <div class="columns">
        <div>
          <Show when={program()}>
            {(its) => (
              <Program lines={its().facts.program} marks={its().facts.marks} pc={its().state.pc} onGoTo={play.goTo} />
            )}
          </Show>
        </div>
        <div>
          <Show when={registers()}>{(its) => <Registers state={its().state} before={its().before} />}</Show>
          <Show when={entries()}>
            {(its) => <Entries table={its().facts.entries} entry={its().state.entry} standing={its().facts.standing} />}
          </Show>
        </div>
      </div>
      <Show when={caches()}>{(its) => <Caches state={its().state} />}</Show>
    </div>
  );
}
