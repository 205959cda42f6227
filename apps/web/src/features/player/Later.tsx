import { createEffect, createSignal, type JSX, onCleanup, Show } from 'solid-js';

/** Shows what it holds so many frames later: a page whose parts come one after the other answers in between. */
export function Later(props: { readonly frames: number; readonly children: JSX.Element }): JSX.Element {
  const [passed, setPassed] = createSignal(0);
  createEffect(() => {
    if (passed() >= props.frames) return;
    const frame = requestAnimationFrame(() => setPassed(passed() + 1));
    onCleanup(() => cancelAnimationFrame(frame));
  });
  return <Show when={passed() >= props.frames}>{props.children}</Show>;
}
