import {
  createComputed,
  createEffect,
  createMemo,
  createSelector,
  createSignal,
  Index,
  type JSX,
  on,
  onCleanup,
  Show,
} from 'solid-js';
import type { Mark, ProgramLine } from './facts.ts';

const LINES_AT_ONCE = 30;

/** The routine's words, the one that comes next marked. */
export function Program(props: {
  readonly lines: readonly ProgramLine[];
  readonly marks: readonly Mark[];
  readonly pc: bigint;
  readonly onGoTo: (step: number) => void;
}): JSX.Element {
  let box: HTMLElement | undefined;
  /** The line that was brought into view last. */
  let shown: number | undefined;
  const lines = createMemo(() => props.lines);
  const places = createMemo(() => new Map(lines().map(({ address }, at) => [address, at])));
  const current = createMemo(() => places().get(props.pc) ?? -1);
  const stepOf = (name: string): number | undefined => props.marks.find(({ part }) => part === name)?.step;
  // All lines at once would keep the page busy for long.
  const [drawn, setDrawn] = createSignal(LINES_AT_ONCE);
  createComputed(
    on(lines, () => {
      shown = undefined;
    }),
  );
  createEffect(() => {
    if (drawn() >= lines().length) return;
    const frame = requestAnimationFrame(() => setDrawn(drawn() + LINES_AT_ONCE));
    onCleanup(() => cancelAnimationFrame(frame));
  });
  const isCurrent = createSelector(current);
  createEffect(() => {
    // Where the line is costs a layout: it is looked for where it is not in view already.
    if (current() >= drawn() || current() === shown) return;
    const row = box?.querySelector<HTMLElement>(`[data-line="${current()}"]`);
    if (box === undefined || row === null || row === undefined) return;
    shown = current();
    const top = row.offsetTop;
    const bottom = top + row.offsetHeight;
    if (top < box.scrollTop + 40 || bottom > box.scrollTop + box.clientHeight - 40)
      box.scrollTop = top - box.clientHeight / 3;
  });
  return (
    <section class="program" aria-labelledby="program-title">
      <h2 id="program-title">Program</h2>
      <section
        class="program-lines"
        ref={(element) => {
          box = element;
        }}
        aria-label="Disassembly"
      >
        {/* Another run has mostly the same lines: they stay. */}
        <Index each={lines().slice(0, drawn())}>
          {(line, at) => (
            <>
              <Show when={line().part}>
                {(part) => <Part name={part()} step={stepOf(part())} onGoTo={props.onGoTo} />}
              </Show>
              <div class="line" data-line={at} aria-current={isCurrent(at) ? 'step' : undefined}>
                <span class="address">{line().address.toString(16)}</span>
                <code>{line().text}</code>
                <Show when={line().before}>{(before) => <s>{before()}</s>}</Show>
              </div>
            </>
          )}
        </Index>
      </section>
    </section>
  );
}

/** The heading of a part; where the run comes to it, a way to that step. */
function Part(props: {
  readonly name: string;
  readonly step: number | undefined;
  readonly onGoTo: (step: number) => void;
}): JSX.Element {
  return (
    <p class="part">
      <Show when={props.step !== undefined} fallback={props.name}>
        <button
          type="button"
          class="plain"
          onClick={() => {
            if (props.step !== undefined) props.onGoTo(props.step);
          }}
        >
          {props.name}
        </button>
      </Show>
    </p>
  );
}
