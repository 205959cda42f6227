import { createVirtualizer } from '@tanstack/solid-virtual';
import { createEffect, createUniqueId, For, type JSX, on } from 'solid-js';
import { count } from '../../shared/format.ts';

/** Pixels. */
const ROW = 22;
const PAGE = 15;
/** Characters of a line that are shown. */
const SHOWN = 1000;

/** The text of a log: only the lines in view are there. The arrow keys lead from line to line. */
export function LogLines(props: {
  readonly text: string;
  readonly starts: Uint32Array;
  readonly told: ReadonlySet<number>;
  readonly selected: number | undefined;
  readonly onSelect: (line: number) => void;
}): JSX.Element {
  const id = createUniqueId();
  let box: HTMLDivElement | undefined;
  const rows = createVirtualizer({
    get count() {
      return props.starts.length;
    },
    getScrollElement: () => box ?? null,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const lineAt = (index: number): string => {
    const [from = 0, to = props.text.length] = [props.starts[index], props.starts[index + 1]];
    return props.text.slice(from, Math.min(to, from + SHOWN)).trimEnd();
  };
  createEffect(
    on([() => props.selected, () => props.starts], ([line]) => {
      if (line !== undefined && line <= props.starts.length) rows.scrollToIndex(line - 1, { align: 'center' });
    }),
  );
  const move = (event: KeyboardEvent): void => {
    const steps: Readonly<Record<string, number>> = {
      ...{ ArrowDown: 1, ArrowUp: -1, PageDown: PAGE, PageUp: -PAGE },
      ...{ Home: -props.starts.length, End: props.starts.length },
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    props.onSelect(Math.min(props.starts.length, Math.max(1, (props.selected ?? 1) + step)));
  };
  return (
    <section aria-labelledby={`${id}-title`} class="log-lines">
      <div class="section-head">
        <h2 id={`${id}-title`}>The log</h2>
        <p class="quiet">{count(props.starts.length)} lines; those that tell something are marked</p>
      </div>
      <div
        class="log-box"
        role="listbox"
        aria-labelledby={`${id}-title`}
        aria-activedescendant={props.selected === undefined ? undefined : `${id}-${props.selected}`}
        tabIndex={0}
        onKeyDown={move}
        ref={box}
      >
        <div class="log-room" role="presentation" style={{ height: `${rows.getTotalSize()}px` }}>
          <For each={rows.getVirtualItems()}>
            {({ index, start }) => (
              <div
                id={`${id}-${index + 1}`}
                role="option"
                tabIndex={-1}
                class="log-line"
                classList={{ told: props.told.has(index + 1) }}
                aria-selected={props.selected === index + 1}
                aria-posinset={index + 1}
                aria-setsize={props.starts.length}
                data-line={index + 1}
                style={{ transform: `translateY(${start}px)` }}
                onClick={() => props.onSelect(index + 1)}
                onKeyDown={() => {}}
              >
                <span class="log-number">{index + 1}</span>
                <span>{lineAt(index)}</span>
              </div>
            )}
          </For>
        </div>
      </div>
    </section>
  );
}
