import { createVirtualizer } from '@tanstack/solid-virtual';
import { bisectLeft } from 'd3-array';
import { createEffect, createMemo, createSignal, createUniqueId, For, type JSX, on, untrack } from 'solid-js';
import { count } from '../../shared/format.ts';
import { type LineIndex, readLines } from './lines.ts';

/** Pixels. */
const ROW = 22;
const PAGE = 15;

/** Where a key leads from one of so many lines; undefined for a key that moves nothing. */
function lineAfter(key: string, from: number, lines: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ...{ ArrowDown: 1, ArrowUp: -1, PageDown: PAGE, PageUp: -PAGE },
    ...{ Home: -lines, End: lines },
  };
  const step = steps[key];
  return step === undefined ? undefined : Math.min(lines, Math.max(1, from + step));
}

/** Lines that are asked for together. */
const LOT = 128;

/** The text of a log: only the lines in view are there, and read. The arrow keys lead from line to line. */
export function LogLines(props: {
  readonly file: Blob;
  readonly index: LineIndex;
  readonly told: Uint32Array;
  readonly selected: number | undefined;
  readonly onSelect: (line: number) => void;
  /** Beside the heading: which log, where there are several. */
  readonly children?: JSX.Element;
}): JSX.Element {
  const id = createUniqueId();
  let box: HTMLDivElement | undefined;
  const [isShort, setShort] = createSignal(false);
  const { told, isTold, length, numberAt, placeOf } = createOrder(props, isShort);
  const rows = createVirtualizer({
    get count() {
      return length();
    },
    getScrollElement: () => box ?? null,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const textOf = createTexts(props);
  createEffect(
    on([() => props.selected, () => props.index, isShort], ([line]) => {
      if (line !== undefined && line <= props.index.lines) rows.scrollToIndex(placeOf(line), { align: 'center' });
    }),
  );
  const move = (event: KeyboardEvent): void => {
    const place = lineAfter(event.key, placeOf(props.selected ?? 1) + 1, length());
    if (place === undefined) return;
    event.preventDefault();
    props.onSelect(numberAt(place - 1));
  };
  return (
    <section aria-labelledby={`${id}-title`} class="log-lines">
      <LogHead id={`${id}-title`} lines={props.index.lines} told={told().length} isShort={isShort()} onShort={setShort}>
        {props.children}
      </LogHead>
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
                id={`${id}-${numberAt(index)}`}
                number={numberAt(index)}
                place={index + 1}
                of={length()}
                text={textOf(numberAt(index) - 1)}
                top={start}
                isTold={isTold().has(numberAt(index))}
                isSelected={props.selected === numberAt(index)}
                onSelect={() => props.onSelect(numberAt(index))}
              />
            )}
          </For>
        </div>
      </div>
    </section>
  );
}

/** Which lines there are, all or those that tell something, in their order. */
function createOrder(of: { readonly told: Uint32Array; readonly index: LineIndex }, isShort: () => boolean) {
  const told = createMemo(() => of.told.slice().sort());
  const isTold = createMemo((): ReadonlySet<number> => new Set(of.told));
  return {
    told,
    isTold,
    length: (): number => (isShort() ? told().length : of.index.lines),
    numberAt: (index: number): number => (isShort() ? (told()[index] ?? 0) : index + 1),
    /** Where a line stands, or the one behind it. */
    placeOf: (line: number): number => (isShort() ? bisectLeft(told(), line) : line - 1),
  };
}

/** How many lines there are, and how many of them tell something. */
function LogHead(props: {
  readonly id: string;
  readonly lines: number;
  readonly told: number;
  readonly isShort: boolean;
  readonly onShort: (isShort: boolean) => void;
  readonly children: JSX.Element;
}): JSX.Element {
  return (
    <div class="section-head">
      <h2 id={props.id}>The log</h2>
      {props.children}
      <p class="quiet">
        {count(props.lines)} {props.lines === 1 ? 'line' : 'lines'}; {count(props.told)}{' '}
        {props.told === 1 ? 'tells something and is marked' : 'tell something and are marked'}{' '}
        <label class="log-short">
          <input
            type="checkbox"
            checked={props.isShort}
            onChange={({ currentTarget }) => props.onShort(currentTarget.checked)}
          />{' '}
          only those
        </label>
      </p>
    </div>
  );
}

/** Lots of lines that are remembered: some screens. */
const LOTS = 16;

/** What lines say, from 0; empty until it is read. */
function createTexts(log: { readonly file: Blob; readonly index: LineIndex }): (line: number) => string {
  const file = (): Blob => log.file;
  const [lots, setLots] = createSignal<ReadonlyMap<number, readonly string[]>>(new Map());
  const asked = new Set<number>();
  createEffect(
    on([file, () => log.index], () => {
      asked.clear();
      setLots(new Map());
    }),
  );
  const ask = async (lot: number): Promise<void> => {
    if (asked.has(lot)) return;
    asked.add(lot);
    const of = file();
    const found = await readLines(of, log.index, lot * LOT, (lot + 1) * LOT).catch(() => undefined);
    if (of !== untrack(file)) return;
    const lines = found ?? ['The log cannot be read any more: put it on the desk again.'];
    setLots((now) => {
      const kept = [...now].slice(1 - LOTS);
      for (const [old] of now) if (!kept.some(([each]) => each === old)) asked.delete(old);
      return new Map([...kept, [lot, lines]]);
    });
  };
  return (line) => {
    const lot = Math.floor(line / LOT);
    const lines = lots().get(lot);
    if (lines === undefined) queueMicrotask(() => void ask(lot));
    return lines?.[line % LOT] ?? '';
  };
}

/** One line, where it belongs in the room that all of them would take. */
function Line(props: {
  readonly id: string;
  readonly number: number;
  /** From 1, of so many. */
  readonly place: number;
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
      aria-posinset={props.place}
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
