import { createUniqueId, For, type JSX, Show } from 'solid-js';
import { landingLines } from './landing.ts';
import { type KernelName, type KernelReading, type KernelRow, kernels } from './model.ts';

/** What each kernel makes of the line, side by side; one is chosen for what stands above. */
export function Kernels(props: {
  readonly selected: KernelName;
  readonly rows: readonly KernelRow[] | undefined;
  readonly isStale: boolean;
  readonly onSelect: (kernel: KernelName) => void;
}): JSX.Element {
  const name = createUniqueId();
  const readings = (kernel: KernelName): readonly KernelReading[] =>
    props.rows?.find((row) => row.kernel === kernel)?.readings ?? [];
  return (
    <section aria-labelledby={`${name}-title`} classList={{ stale: props.isStale }}>
      <div class="section-head">
        <h2 id={`${name}-title`}>Kernels</h2>
        <p class="quiet">The rules of the chosen one hold above; all four were measured at boot.</p>
      </div>
      <div class="kernels" role="radiogroup" aria-labelledby={`${name}-title`}>
        <For each={kernels}>
          {(kernel) => (
            <div class="kernel" data-kernel={kernel}>
              <label class="kernel-name">
                <input
                  type="radio"
                  name={name}
                  value={kernel}
                  checked={props.selected === kernel}
                  aria-describedby={`${name}-${kernel}`}
                  onChange={() => props.onSelect(kernel)}
                />{' '}
                Linux {kernel}
              </label>
              <div id={`${name}-${kernel}`}>
                <For each={readings(kernel)}>{(reading) => <Says reading={reading} />}</For>
              </div>
            </div>
          )}
        </For>
      </div>
    </section>
  );
}

function Says(props: { readonly reading: KernelReading }): JSX.Element {
  return (
    <p class="kernel-says" data-parameter={props.reading.parameter}>
      <span>
        <code>{props.reading.parameter}=</code> <strong>{props.reading.reserves}</strong>
      </span>
      <Show when={props.reading.whyNot}>{(why) => <span class="why-not">{why()}</span>}</Show>
      <Show when={props.reading.landing}>
        {(landing) => (
          <For each={landingLines(landing())}>
            {({ size, verb, place }) => (
              <span>
                {size} {verb} <code>{place}</code>
              </span>
            )}
          </For>
        )}
      </Show>
    </p>
  );
}
