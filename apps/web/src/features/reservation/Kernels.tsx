import { createUniqueId, For, type JSX, Show } from 'solid-js';
import { landingLines } from './landing.ts';
import type { KernelName, KernelReading, KernelRow } from './model.ts';

/** What each kernel makes of the line, side by side; one is chosen for what stands above. */
export function Kernels(props: {
  readonly selected: KernelName;
  readonly rows: readonly KernelRow[] | undefined;
  readonly isStale: boolean;
  readonly onSelect: (kernel: KernelName) => void;
}): JSX.Element {
  const name = createUniqueId();
  return (
    <section aria-labelledby={`${name}-title`} classList={{ stale: props.isStale }}>
      <div class="section-head">
        <h2 id={`${name}-title`}>Kernels</h2>
        <p class="quiet">The rules of the chosen one hold above; all four were measured at boot.</p>
      </div>
      <div class="kernels" role="radiogroup" aria-labelledby={`${name}-title`}>
        <For each={props.rows}>
          {({ kernel, readings }) => (
            <label class="kernel" data-kernel={kernel}>
              <span class="kernel-name">
                <input
                  type="radio"
                  name={name}
                  value={kernel}
                  checked={props.selected === kernel}
                  onChange={() => props.onSelect(kernel)}
                />{' '}
                Linux {kernel}
              </span>
              <For each={readings}>{(reading) => <Says reading={reading} />}</For>
            </label>
          )}
        </For>
      </div>
    </section>
  );
}

function Says(props: { readonly reading: KernelReading }): JSX.Element {
  return (
    <span class="kernel-says" data-parameter={props.reading.parameter}>
      <span>
        <code>{props.reading.parameter}=</code> <strong>{props.reading.reserves}</strong>
      </span>
      <Show when={props.reading.whyNot}>{(why) => <span class="why-not">{why()}</span>}</Show>
      <Show when={props.reading.landing}>
        {(landing) => (
          <For each={landingLines(landing())}>
            {({ size, place }) => (
              <span>
                {size} <code>{place}</code>
              </span>
            )}
          </For>
        )}
      </Show>
    </span>
  );
}
