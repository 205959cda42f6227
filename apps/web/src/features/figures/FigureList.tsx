import type { StrategyName } from '@kexeckit/relocation';
import { Index, type JSX, Show } from 'solid-js';
import { FIGURES, type FigureText } from './model.ts';
import './style.css';

const PLACEHOLDERS: readonly undefined[] = Array.from({ length: FIGURES }, () => undefined);

/** A few figures of the run. */
export function FigureList(props: {
  readonly strategy: StrategyName;
  readonly figures: readonly FigureText[] | undefined;
}): JSX.Element {
  return (
    <section aria-labelledby="figures-title" class="figures">
      <h2 id="figures-title">
        The run <span class="quiet">{props.strategy}</span>
      </h2>
      <dl>
        <Index each={props.figures ?? PLACEHOLDERS}>
          {(figure) => (
            <div>
              <Show when={figure()} fallback={<Placeholder />}>
                {(known) => (
                  <>
                    <dt>{known().name}</dt>
                    <dd>
                      <span class="figure-value">{known().value}</span>
                      <span class="figure-detail">{known().detail}</span>
                    </dd>
                  </>
                )}
              </Show>
            </div>
          )}
        </Index>
      </dl>
    </section>
  );
}

function Placeholder(): JSX.Element {
  return (
    <>
      <dt>
        <span class="skeleton">instructions</span>
      </dt>
      <dd>
        <span class="figure-value skeleton">0,000,000</span>
        <span class="figure-detail">&nbsp;</span>
      </dd>
    </>
  );
}
