import { createEffect, createSignal, type JSX, onCleanup, onMount, Show } from 'solid-js';
import type { LiveTerminal } from './terminal.ts';

/** The machine's console: what it shows, and where it is typed on. */
export function LiveConsole(props: {
  /** Whether what is typed goes to the machine. */
  readonly isTyped: boolean;
  readonly onType: (text: string) => void;
  /** What was shown so far, and from then on what is shown. @returns ends that. */
  readonly follow: (show: (text: string) => void, clear: () => void) => () => void;
}): JSX.Element {
  let place: HTMLDivElement | undefined;
  const [terminal, setTerminal] = createSignal<LiveTerminal>();
  const [isRead, setRead] = createSignal(false);
  let isGone = false;
  onMount(async () => {
    const { openTerminal } = await import('./terminal.ts');
    if (isGone || place === undefined) return;
    const opened = openTerminal(place, props.onType);
    const stop = props.follow(opened.write, opened.clear);
    setTerminal(opened);
    ending = () => {
      stop();
      opened.end();
    };
  });
  let ending = (): void => {};
  onCleanup(() => {
    isGone = true;
    ending();
  });
  createEffect(() => terminal()?.setTyped(props.isTyped));
  createEffect(() => terminal()?.setScreenReader(isRead()));
  return (
    <section aria-labelledby="console-title" class="live-console">
      <div class="section-head">
        <h2 id="console-title">Console</h2>
        <label class="live-read">
          <input type="checkbox" checked={isRead()} onChange={({ currentTarget }) => setRead(currentTarget.checked)} />
          for screen readers
        </label>
      </div>
      <div class="live-terminal" ref={place} data-typed={props.isTyped} />
      <p class="quiet note">
        <Show
          when={props.isTyped}
          fallback="Typing begins with the next kernel's user space, on a machine that is kept running."
        >
          What you type goes to the machine. Escape, then Tab, leads on from the console.
        </Show>
      </p>
    </section>
  );
}
