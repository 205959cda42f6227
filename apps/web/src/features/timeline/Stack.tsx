import { createMemo, For, type JSX, Show } from 'solid-js';
import { type Bar, type BarMark, type BarPiece, barOf, lookOf, type TimelineRow } from './model.ts';

/** Where seconds lie in a bar, in percent, and where its grid lines are. */
export interface Scale {
  readonly at: (seconds: number) => number;
  readonly ticks: readonly number[];
}

/** A stacked bar: phase after phase, then a stub for what was skipped. */
export function Stack(props: {
  readonly row: TimelineRow | undefined;
  readonly scale: Scale;
  readonly withSkipped: boolean;
  readonly marks?: readonly BarMark[] | undefined;
}): JSX.Element {
  const bar = createMemo(
    (): Bar => (props.row === undefined ? { pieces: [], leftOut: [] } : barOf(props.row, props.withSkipped)),
  );
  const end = (): number => props.scale.at(bar().pieces.at(-1)?.to ?? 0);
  return (
    <div class="stack" aria-hidden="true">
      <For each={props.scale.ticks}>{(tick) => <span class="grid" style={{ left: `${props.scale.at(tick)}%` }} />}</For>
      <For each={bar().pieces}>
        {(piece) => (
          <span
            class={`piece basis-${piece.basis}`}
            style={{
              '--phase': lookOf(piece.phase).colour,
              left: `${props.scale.at(piece.from)}%`,
              width: `${props.scale.at(piece.to) - props.scale.at(piece.from)}%`,
            }}
          />
        )}
      </For>
      <For each={bar().leftOut}>
        {(cell) => (
          <span
            class="piece stub basis-skipped"
            style={{ '--phase': lookOf(cell.phase).colour, left: `calc(${end()}% + 3px)` }}
          />
        )}
      </For>
      <For each={bar().pieces}>{(piece) => <Whisker ends={piece.ends} scale={props.scale} />}</For>
      <For each={props.marks}>
        {(mark) => (
          <span
            class="bar-mark"
            classList={{ 'of-other-size': !mark.isSame }}
            style={{ left: `${props.scale.at(mark.at)}%` }}
            title={mark.label}
          />
        )}
      </For>
    </div>
  );
}

/** Between what a piece ends. */
function Whisker(props: { readonly ends: BarPiece['ends']; readonly scale: Scale }): JSX.Element {
  return (
    <Show when={props.ends}>
      {(ends) => (
        <span
          class="whisker"
          style={{
            left: `${props.scale.at(ends()[0])}%`,
            width: `${props.scale.at(ends()[1]) - props.scale.at(ends()[0])}%`,
          }}
        />
      )}
    </Show>
  );
}
