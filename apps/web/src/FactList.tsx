import type { StrategyName } from '@kexeckit/relocation';
import { For, type JSX, Show } from 'solid-js';
import { FACTS, type Fact } from './model/facts.ts';

const PLACEHOLDERS: readonly undefined[] = Array.from({ length: FACTS }, () => undefined);

/** A few figures of the run. */
export function FactList(props: {
  readonly strategy: StrategyName;
  readonly facts: readonly Fact[] | undefined;
}): JSX.Element {
  return (
    <section aria-labelledby="facts-title" class="facts">
      <h2 id="facts-title">
        The run <span class="quiet">{props.strategy}</span>
      </h2>
      <dl>
        <For each={props.facts ?? PLACEHOLDERS}>
          {(fact) => (
            <div>
              <Show when={fact} fallback={<FactPlaceholder />}>
                {(known) => (
                  <>
                    <dt>{known().name}</dt>
                    <dd>
                      <span class="fact-value">{known().value}</span>
                      <span class="fact-detail">{known().detail}</span>
                    </dd>
                  </>
                )}
              </Show>
            </div>
          )}
        </For>
      </dl>
    </section>
  );
}

function FactPlaceholder(): JSX.Element {
  return (
    <>
      <dt>
        <span class="skeleton">instructions</span>
      </dt>
      <dd>
        <span class="fact-value skeleton">0,000,000</span>
        <span class="fact-detail">&nbsp;</span>
      </dd>
    </>
  );
}
