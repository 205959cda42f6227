import { createVirtualizer } from '@tanstack/solid-virtual';
import { createEffect, createUniqueId, For, type JSX, on } from 'solid-js';
import { count } from '../../shared/format.ts';

/** Pixels. */
const ROW = 22;
const PAGE = 15;
/** Characters of a line that are shown. */
const SHOWN = 1000;

/** Where a key leads from one of so many lines; undefined for a key that moves nothing. */
function lineAfter(key: string, from: number, lines: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ...{ ArrowDown: 1, ArrowUp: -1, PageDown: PAGE, PageUp: -PAGE },
    ...{ Home: -lines, End: lines },
  };
  const step = steps[key];
  return step === undefined ? undefined : Math.min(lines, Math.max(1, from + step));
}

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
    const line = lineAfter(event.key, props.selected ?? 1, props.starts.length);
    if (line === undefined) return;
    event.preventDefault();
    props.onSelect(line);
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
              <Line
                id={`${id}-${index + 1}`}
                number={index + 1}
                of={props.starts.length}
                text={lineAt(index)}
                top={start}
                isTold={props.told.has(index + 1)}
                isSelected={props.selected === index + 1}
                onSelect={() => props.onSelect(index + 1)}
              />
            )}
          </For>
        </div>
      </div>
    </section>
  );
}

/** One line, where it belongs in the room that all of them would take. */
function Line(props: {
  readonly id: string;
  readonly number: number;
  readonly of: number;
  readonly text: string;
  readonly top: number;
  readonly isTold: boolean;
  readonly isSelected: boolean;
  readonly onSelect: () => void;
}): JSX.Element {
  return (
    <div
      id={props.id}
      role="option"
      tabIndex={-1}
      class="log-line"
      classList={{ told: props.isTold }}
      aria-selected={props.isSelected}
      aria-posinset={props.number}
      aria-setsize={props.of}
      data-line={props.number}
      style={{ transform: `translateY(${props.top}px)` }}
      onClick={() => props.onSelect()}
      onKeyDown={() => {}}
    >
      <span class="log-number">{props.number}</span>
      <span>{props.text}</span>
    </div>
  );
}
