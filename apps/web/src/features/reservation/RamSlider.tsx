import { createMemo, createUniqueId, For, Index, type JSX, Show } from 'solid-js';
import { bytesText } from '../../shared/format.ts';
import type { KnownRam, RamPiece, Reading } from './model.ts';
import { fractionOf, LEAST_RAM, MOST_RAM, nearestStop, pieceAt, ramAfter, ramStops, turningPoints } from './ram.ts';

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
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = ramAfter(event.key, bytes(), stops(), turns());
    if (next === undefined) return;
    event.preventDefault();
    props.onChange(next);
  };
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
      <div class="ram-slider">
        <input
          id={id}
          type="range"
          min="0"
          max="1"
          step="any"
          value={fractionOf(bytes())}
          aria-valuetext={text(bytes())}
          aria-describedby={`${id}-keys`}
          onKeyDown={onKeyDown}
          onInput={({ currentTarget }) => props.onChange(nearestStop(currentTarget.valueAsNumber, stops()))}
        />
        <div class="ram-turns" aria-hidden="true">
          <For each={turns()}>
            {(turn) => (
              <span data-turn={String(turn)} style={{ left: `${100 * fractionOf(turn)}%` }} title={text(turn)} />
            )}
          </For>
        </div>
        <p class="ends" aria-hidden="true">
          <span>{text(LEAST_RAM)}</span>
          <span>{text(MOST_RAM)}</span>
        </p>
        <p id={`${id}-keys`} class="visually-hidden">
          Page Up and Page Down go to where the answer changes.
        </p>
      </div>
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

/** What is reserved from which RAM on; each can be chosen. */
function Pieces(props: {
  readonly parameter: string;
  readonly pieces: readonly RamPiece[];
  /** Whether it says of which parameter they are. */
  readonly isNamed: boolean;
  readonly ram: bigint;
  readonly onChange: (ram: bigint) => void;
}): JSX.Element {
  const bounds = ({ from, to }: RamPiece, isFirst: boolean): string => {
    const parts = [isFirst ? '' : `from ${text(from)}`, to === null ? '' : `below ${text(to)}`];
    return parts.filter((part) => part !== '').join(' ') || 'any RAM';
  };
  const reachable = ({ from, to }: RamPiece): bigint | undefined => {
    const least = from < LEAST_RAM ? LEAST_RAM : from;
    return least <= MOST_RAM && (to === null || least < to) ? least : undefined;
  };
  const current = (): RamPiece | undefined => pieceAt(props.pieces, props.ram);
  return (
    <ol class="pieces" aria-label={`${props.parameter}= by RAM`}>
      <Show when={props.isNamed}>
        <li class="quiet">
          <code>{props.parameter}=</code>
        </li>
      </Show>
      <Index each={props.pieces}>
        {(piece, at) => (
          <li>
            <button
              type="button"
              class="plain"
              aria-pressed={current() === piece()}
              disabled={reachable(piece()) === undefined}
              onClick={() => props.onChange(reachable(piece()) ?? LEAST_RAM)}
            >
              {bounds(piece(), at === 0)}: <strong>{piece().reserves}</strong>
            </button>
          </li>
        )}
      </Index>
    </ol>
  );
}
