import type { ExceptionLevel } from '@kexeckit/relocation';
import { createSignal, createUniqueId, For, type JSX } from 'solid-js';
import { FileField } from './FileField.tsx';
import {
  type ChosenFile,
  defaultWishes,
  exceptionLevels,
  isChanged,
  type RunState,
  type RunWishes,
  seedOf,
  seedText,
} from './model.ts';
import { Progress } from './Progress.tsx';
import './style.css';

/** What a run starts from, and the button that starts it. */
export function Controls(props: {
  readonly state: RunState;
  readonly onRun: (wishes: RunWishes) => void;
}): JSX.Element {
  const seedId = createUniqueId();
  const known = props.state.wishes ?? defaultWishes;
  const [exceptionLevel, setExceptionLevel] = createSignal(known.exceptionLevel);
  const [seed, setSeed] = createSignal(seedText(known.seed));
  const [map, setMap] = createSignal<ChosenFile | undefined>(known.map);
  const [profile, setProfile] = createSignal<ChosenFile | undefined>(known.profile);
  const wishes = (): RunWishes => ({
    exceptionLevel: exceptionLevel(),
    seed: seedOf(seed()),
    map: map(),
    profile: profile(),
  });
  const changed = (): boolean => isChanged(props.state, wishes());
  const run = (event: SubmitEvent): void => {
    event.preventDefault();
    props.onRun(wishes());
  };
  return (
    <form class="controls" aria-label="Run" onSubmit={run} novalidate>
      <Levels selected={exceptionLevel()} onSelect={setExceptionLevel} />
      <div class="field">
        <label for={seedId}>Seed</label>
        <input
          id={seedId}
          type="number"
          step="1"
          inputmode="numeric"
          value={seed()}
          onInput={({ currentTarget }) => setSeed(currentTarget.value)}
        />
      </div>
      <FileField label="Memory map" accept=".txt,text/plain" onChoose={setMap} />
      <FileField label="Profile" accept=".json,application/json" onChoose={setProfile} />
      <button type="submit" class="run" data-changed={changed()}>
        Run
      </button>
      <Progress state={props.state} changed={changed()} />
    </form>
  );
}

function Levels(props: {
  readonly selected: ExceptionLevel;
  readonly onSelect: (level: ExceptionLevel) => void;
}): JSX.Element {
  return (
    <fieldset class="levels">
      <legend>Exception level</legend>
      <For each={exceptionLevels}>
        {(level) => (
          <label>
            <input
              type="radio"
              name="level"
              value={level}
              checked={props.selected === level}
              onChange={() => props.onSelect(level)}
            />
            <span>EL{level}</span>
          </label>
        )}
      </For>
    </fieldset>
  );
}
