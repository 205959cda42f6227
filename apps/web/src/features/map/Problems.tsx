import { For, type JSX, Show } from 'solid-js';
import { hex } from '../../shared/format.ts';
import { type Problem, problemId } from './model/found.ts';

/** What is wrong, by address: choosing one shows it on the map. */
export function Problems(props: {
  readonly problems: readonly Problem[];
  readonly chosen: string | undefined;
  readonly onChoose: (id: string) => void;
}): JSX.Element {
  return (
    <Show when={props.problems.length > 0}>
      <section class="problems" aria-labelledby="problems-title">
        <h2 id="problems-title">Found wrong</h2>
        <ul>
          <For each={props.problems}>
            {(problem) => (
              <li>
                <Show when={problemId(problem)} fallback={<strong>{nameOf(problem)}</strong>}>
                  {(id) => (
                    <button
                      type="button"
                      data-found={id()}
                      aria-pressed={props.chosen === id()}
                      onClick={() => props.onChoose(id())}
                    >
                      {nameOf(problem)} <code>{hex(problem.address ?? 0n)}</code>
                    </button>
                  )}
                </Show>{' '}
                <span>{problem.text}</span>
              </li>
            )}
          </For>
        </ul>
      </section>
    </Show>
  );
}

const nameOf = ({ from, of }: Problem): string => (from === 'rehearsal' ? `rehearsal, ${of}` : of);
