import type { ExceptionLevel, StrategyName } from '@kexeckit/relocation';
import { createSignal, createUniqueId, For, type JSX } from 'solid-js';
import type { Lab } from './lab.ts';
import { Progress } from './Progress.tsx';

const levels: readonly ExceptionLevel[] = [1, 2];

/** What a run starts from, and the button that starts it. */
export function Controls(props: { readonly lab: Lab; readonly strategy: StrategyName }): JSX.Element {
  const seedId = createUniqueId();
  const [exceptionLevel, setExceptionLevel] = createSignal<ExceptionLevel>(2);
  const [seed, setSeed] = createSignal('1');
  const changed = (): boolean => {
    const request = props.lab.request();
    return request?.exceptionLevel !== exceptionLevel() || request?.seed !== seedOf(seed());
  };
  const run = (event: SubmitEvent): void => {
    event.preventDefault();
    props.lab.run({ exceptionLevel: exceptionLevel(), seed: seedOf(seed()), first: props.strategy });
  };
  return (
    <form class="controls" onSubmit={run} novalidate>
      <fieldset class="levels">
        <legend>Exception level</legend>
        <For each={levels}>
          {(level) => (
            <label>
              <input
                type="radio"
                name="level"
                value={level}
                checked={exceptionLevel() === level}
                onChange={() => setExceptionLevel(level)}
              />
              <span>EL{level}</span>
            </label>
          )}
        </For>
      </fieldset>
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
      <button type="submit" class="run" data-changed={changed()}>
        Run
      </button>
      <Progress lab={props.lab} changed={changed()} />
    </form>
  );
}

/** NaN where there is no number: the plan refuses it in words. */
const seedOf = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text));
