import { createMemo, createUniqueId, For, Index, type JSX, Show } from 'solid-js';
import { bytesText } from '../../shared/format.ts';
import type { KnownRam, Reading } from './model.ts';
import { Pieces } from './Pieces.tsx';
import { fractionOf, LEAST_RAM, MOST_RAM, nearestStop, ramAfter, ramStops, turningPoints } from './ram.ts';

const text = (bytes: bigint): string => bytesText(Number(bytes));

/** RAM on a logarithmic scale, with a mark wherever the line begins to reserve something else. */
export function RamSlider(props: {
  /** Undefined for as much as the machine has. */
  readonly ram: bigint | undefined;
  readonly own: KnownRam | undefined;
  readonly readings: readonly Reading[] | undefined;
  readonly onChange: (ram: bigint | undefined) => void;
}): JSX.Element {
  const id = createUniqueId();
  const turns = createMemo(() => turningPoints(props.readings?.flatMap(({ pieces }) => pieces) ?? []));
  const stops = createMemo(() => ramStops(turns()));
  const bytes = (): bigint => props.ram ?? props.own?.bytes ?? LEAST_RAM;
  return (
    <section aria-labelledby={`${id}-title`}>
      <div class="section-head">
        <h2 id={`${id}-title`}>
          <label for={id}>RAM</label> <output class="quiet">{text(bytes())}</output>
        </h2>
        <label class="own-ram">
          <input
            type="checkbox"
            checked={props.ram === undefined}
            onChange={({ currentTarget }) =>
              props.onChange(currentTarget.checked ? undefined : nearestStop(fractionOf(bytes()), stops()))
            }
          />
          <span>
            as this machine has
            <Show when={props.own}>
              {(own) => (
                <>
                  : {text(own().bytes)} <span class="quiet">({own().from})</span>
                </>
              )}
            </Show>
          </span>
        </label>
      </div>
      <Track id={id} bytes={bytes()} turns={turns()} stops={stops()} onChange={props.onChange} />
      <Index each={props.readings}>
        {(reading) => (
          <Pieces
            parameter={reading().parameter}
            pieces={reading().pieces}
            isNamed={(props.readings?.length ?? 0) > 1}
            ram={bytes()}
            onChange={props.onChange}
          />
        )}
      </Index>
    </section>
  );
}

/** The slider itself, with its marks below. */
function Track(props: {
  readonly id: string;
  readonly bytes: bigint;
  readonly turns: readonly bigint[];
  readonly stops: readonly bigint[];
  readonly onChange: (ram: bigint) => void;
}): JSX.Element {
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = ramAfter(event.key, props.bytes, props.stops, props.turns);
    if (next === undefined) return;
    event.preventDefault();
    props.onChange(next);
  };
  return (
    <div class="ram-slider">
      <input
        id={props.id}
        type="range"
        min="0"
        max="1"
        step="any"
        value={fractionOf(props.bytes)}
        aria-valuetext={text(props.bytes)}
        aria-describedby={`${props.id}-keys`}
        onKeyDown={onKeyDown}
        onInput={({ currentTarget }) => props.onChange(nearestStop(currentTarget.valueAsNumber, props.stops))}
        onChange={({ currentTarget }) => {
          // Let go between two stops, it goes to the one that counts.
          currentTarget.valueAsNumber = fractionOf(props.bytes);
        }}
      />
      <div class="ram-turns" aria-hidden="true">
        <For each={props.turns}>
          {(turn) => (
            <span data-turn={String(turn)} style={{ left: `${100 * fractionOf(turn)}%` }} title={text(turn)} />
          )}
        </For>
      </div>
      <p class="ends" aria-hidden="true">
        <span>{text(LEAST_RAM)}</span>
        <span>{text(MOST_RAM)}</span>
      </p>
      <p id={`${props.id}-keys`} class="visually-hidden">
        Page Up and Page Down go to where the answer changes.
      </p>
    </div>
  );
}
