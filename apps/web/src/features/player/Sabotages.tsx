import { For, type JSX, Show } from 'solid-js';
import type { PlayerFacts } from './facts.ts';
import { catchers, outcomeWords, placeWords } from './model.ts';
import { type SabotageName, sabotageNames, sabotages } from './sabotages.ts';

/** Switches that break the loaded reboot. */
export function Sabotages(props: {
  readonly selected: SabotageName | undefined;
  /** What this reboot has something for; everything until that is known. */
  readonly possible: readonly SabotageName[];
  readonly onSelect: (name: SabotageName | undefined) => void;
}): JSX.Element {
  return (
    <fieldset class="sabotages">
      <legend>Sabotage</legend>
      <div>
        <label>
          <input
            type="radio"
            name="sabotage"
            checked={props.selected === undefined}
            onChange={() => props.onSelect(undefined)}
          />
          none
        </label>
        <For each={sabotageNames}>
          {(name) => (
            <label title={sabotages[name].does}>
              <input
                type="radio"
                name="sabotage"
                checked={props.selected === name}
                disabled={props.selected !== name && !props.possible.includes(name)}
                onChange={() => props.onSelect(name)}
              />
              {sabotages[name].title}
            </label>
          )}
        </For>
      </div>
      <Show when={props.selected}>{(name) => <p class="quiet">{sabotages[name()].does}</p>}</Show>
    </fieldset>
  );
}

/** What came of it, and who found what. */
export function Outcome(props: {
  readonly facts: PlayerFacts;
  /** Whether it is known how it ends. */
  readonly hasRun: boolean;
  readonly onGoTo: (step: number) => void;
}): JSX.Element {
  return (
    <section class="outcome" data-findings={props.facts.findings.length} aria-labelledby="outcome-title">
      <h2 id="outcome-title">Outcome</h2>
      <p>{props.hasRun ? outcomeWords(props.facts) : 'It runs once to its end; then any step can be gone to.'}</p>
      <ul>
        <For each={props.facts.findings}>
          {(finding) => (
            <li data-by={finding.by}>
              <p>
                <b>{catchers[finding.by]}</b>: <code>{finding.name}</code>
                {finding.count > 1 ? `, ${finding.count} times` : ''}
              </p>
              <p class="detail">{finding.detail}</p>
              <Show when={finding.step !== undefined} fallback={<p class="quiet">{placeWords(finding)}</p>}>
                <p>
                  <button type="button" class="plain" onClick={() => props.onGoTo(finding.step ?? 0)}>
                    {placeWords(finding)}
                  </button>
                </p>
              </Show>
              <Show when={finding.hint !== ''}>
                <p class="quiet">{finding.hint}</p>
              </Show>
            </li>
          )}
        </For>
      </ul>
    </section>
  );
}
