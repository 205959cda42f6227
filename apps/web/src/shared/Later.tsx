import { createSignal, type JSX, onCleanup, onMount, Show } from 'solid-js';

/** What waits for its turn, in the order of the page. */
const waiting: (() => void)[] = [];
let isUnderWay = false;

/** One after the other, each in a task of its own, the browser painting in between. */
function next(): void {
  const make = waiting.shift();
  isUnderWay = make !== undefined;
  if (make === undefined) return;
  requestAnimationFrame(() => {
    setTimeout(() => {
      make();
      next();
    });
  });
}

/** A part of a page that is made after what stands above it has been painted, so that no task is long. */
export function Later(props: { readonly children: JSX.Element }): JSX.Element {
  const [isDue, setDue] = createSignal(false);
  const make = (): void => {
    setDue(true);
  };
  onMount(() => {
    waiting.push(make);
    if (!isUnderWay) next();
  });
  onCleanup(() => {
    const at = waiting.indexOf(make);
    if (at >= 0) waiting.splice(at, 1);
  });
  return <Show when={isDue()}>{props.children}</Show>;
}
