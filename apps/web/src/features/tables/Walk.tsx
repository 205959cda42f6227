import { createUniqueId, For, type JSX, Show } from 'solid-js';
import { hex } from '../../shared/format.ts';
import { Bits } from './Bits.tsx';
import type { AddressPart, EntryPlace, WalkView } from './model.ts';
import { bitGroups } from './rows.ts';

/** An address to type, and its way through the tables. */
export function Walk(props: {
  readonly text: string;
  readonly complaint: string | undefined;
  readonly walk: WalkView | undefined;
  readonly isStale: boolean;
  readonly onType: (text: string) => void;
  readonly onChoose: (place: EntryPlace) => void;
}): JSX.Element {
  const id = createUniqueId();
  return (
    <section aria-labelledby={`${id}-title`}>
      <div class="section-head">
        <h2 id={`${id}-title`}>Walk</h2>
        <p class="quiet">Each level takes its bits of the address as an index.</p>
      </div>
      <div class="field walk-field">
        <label for={id}>Virtual address</label>
        <input
          id={id}
          type="text"
          spellcheck={false}
          autocomplete="off"
          value={props.text}
          aria-invalid={props.complaint !== undefined}
          aria-describedby={`${id}-says`}
          onInput={({ currentTarget }) => props.onType(currentTarget.value)}
        />
        <p id={`${id}-says`} class="says">
          <Show when={props.complaint}>{(complaint) => <span class="bad">{complaint()}</span>}</Show>
        </p>
      </div>
      <div classList={{ stale: props.isStale }}>
        <Show when={props.walk}>{(walk) => <Way walk={walk()} onChoose={props.onChoose} />}</Show>
      </div>
    </section>
  );
}

function Way(props: { readonly walk: WalkView; readonly onChoose: (place: EntryPlace) => void }): JSX.Element {
  return (
    <>
      <ul class="address-parts" aria-label="The address, bit by bit">
        <For each={props.walk.parts.filter(({ from, to }) => from >= to)}>{(part) => <Part part={part} />}</For>
      </ul>
      <ol class="walk-steps">
        <For each={props.walk.steps}>
          {(step) => (
            <li data-level={step.level}>
              <button
                type="button"
                class="plain"
                title="Show this entry in the tree"
                onClick={() => props.onChoose({ level: step.level, page: step.page })}
              >
                Level {step.level}, entry {step.index}
              </button>
              <span>
                <code>[{hex(step.at)}]</code> = <code>{hex(step.value)}</code>
              </span>
              <span>
                {step.what}
                <Show when={step.output !== undefined && { at: step.output }}>
                  {(output) => (
                    <>
                      {' '}
                      → <code>{hex(output().at)}</code>
                    </>
                  )}
                </Show>
              </span>
            </li>
          )}
        </For>
      </ol>
      <WalkResult walk={props.walk} />
      <Show when={props.walk.par}>
        {(par) => (
          <details>
            <summary>
              <abbr title="What AT S1E1R, which asks the CPU for a translation, leaves in this register">
                {par().name}
              </abbr>{' '}
              = <code>{hex(par().value)}</code>
            </summary>
            <Bits value={par().value} fields={par().fields} />
          </details>
        )}
      </Show>
    </>
  );
}

/** Where the walk ends, on one line. */
export function WalkResult(props: { readonly walk: WalkView }): JSX.Element {
  return (
    <p class="walk-result" role="status" data-mapped={props.walk.pa !== undefined}>
      <code>{hex(props.walk.va)}</code> →{' '}
      <Show
        when={props.walk.pa !== undefined && { at: props.walk.pa }}
        fallback={
          <strong class="bad">
            {props.walk.says}
            {props.walk.steps.length === 0 ? '' : ` at level ${props.walk.level}`}
          </strong>
        }
      >
        {(pa) => (
          <>
            <strong>
              <code>{hex(pa().at)}</code>
            </strong>
            , {props.walk.says}, at level {props.walk.level}
          </>
        )}
      </Show>
    </p>
  );
}

function Part(props: { readonly part: AddressPart }): JSX.Element {
  const bits = (): number => props.part.from - props.part.to + 1;
  const name = (): string => {
    const { what, level, value } = props.part;
    if (what === 'outside') return 'half';
    return what === 'offset' ? `offset ${hex(value)}` : `level ${level}: ${value}`;
  };
  const digits = (): string => {
    const { what, value } = props.part;
    // The bits above are all the same, or the address is outside.
    if (what !== 'outside') return bitGroups(value, bits());
    if (value === 0n) return '0 … 0';
    return value === (1n << BigInt(bits())) - 1n ? '1 … 1' : hex(value);
  };
  return (
    <li data-what={props.part.what} data-level={props.part.level}>
      <small>
        {props.part.from}:{props.part.to}
      </small>
      <code>{digits()}</code>
      <small>{name()}</small>
    </li>
  );
}
