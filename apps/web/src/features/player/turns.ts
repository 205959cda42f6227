import { type Accessor, createEffect, createMemo, createSignal, onCleanup } from 'solid-js';
import type { PlayerFacts, PlayerState } from './facts.ts';

/** Milliseconds after which a frame is not waited for. */
const HIDDEN_MS = 200;

/** What the parts of the player show. */
export interface Scene {
  readonly facts: PlayerFacts;
  readonly state: PlayerState;
  readonly before: PlayerState | undefined;
}

/**
 * Shows another run in one part after the other, a frame apart: the page answers in between. What comes of the same run is shown by all at
 * once.
 *
 * @param turns how many parts there are behind the first.
 * @returns what the part of a turn shows.
 */
export function inTurn(scene: Accessor<Scene>, turns: number): (turn: number) => Accessor<Scene | undefined> {
  const [reached, setReached] = createSignal<{ readonly run: unknown; readonly turn: number }>({
    run: undefined,
    turn: 0,
  });
  const run = createMemo(() => scene().facts.program);
  const turnOf = createMemo(() => (reached().run === run() ? reached().turn : 0));
  createEffect(() => {
    if (turnOf() >= turns) return;
    const next = { run: run(), turn: turnOf() + 1 };
    const goOn = (): void => void setReached(next);
    const frame = requestAnimationFrame(goOn);
    // A tab in the background has no frames.
    const timer = setTimeout(goOn, HIDDEN_MS);
    onCleanup(() => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    });
  });
  return (turn) => createMemo<Scene | undefined>((shown) => (turnOf() >= turn ? scene() : shown));
}
