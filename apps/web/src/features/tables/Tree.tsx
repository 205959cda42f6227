import { createEffect, createMemo, createSignal, createUniqueId, For, type JSX, on, Show } from 'solid-js';
import { count, hex, rangeText } from '../../shared/format.ts';
import { createRows, rowStyle } from '../../shared/virtual.ts';
import { type EntryPlace, placeOfKey, type TableFacts } from './model.ts';
import { inputRange, type TreeRow, TreeRows, type TreeTables, treeMove } from './rows.ts';

/** No entry. */
const NOWHERE: EntryPlace = { level: 4, page: 0 };
/** Rows that a page key goes over. */
const PAGE = 12;

interface TreeProps {
  readonly facts: TableFacts;
  readonly tables: TreeTables;
  readonly open: ReadonlySet<string>;
  readonly chosen: EntryPlace | undefined;
  /** Entries that the walk came by. */
  readonly walked: ReadonlySet<string>;
  readonly rowHeight: number;
  readonly onToggle: (key: string) => void;
  readonly onChoose: (place: EntryPlace) => void;
}

/** The rows that can be seen, where the keys are among them, and what these do. */
function createTreeState(props: TreeProps) {
  const rows = createMemo(() => new TreeRows(props.tables, props.open, props.facts));
  const [active, setActive] = createSignal(0);
  // What was chosen elsewhere is gone to; what is opened above a row takes it along.
  const [activeKey, setActiveKey] = createSignal<string>();
  const goTo = (at: number): void => {
    setActive(at);
    setActiveKey(rows().at(at)?.key);
  };
  createEffect(
    on([() => props.chosen, rows], ([chosen], before) => {
      const isNew = chosen !== before?.[0];
      const key = activeKey();
      const at = isNew && chosen !== undefined ? rows().indexOf(chosen) : -1;
      if (at >= 0) goTo(at);
      else if (key !== undefined) setActive(Math.max(0, rows().indexOf(placeOfKey(key) ?? NOWHERE)));
    }),
  );
  const chosenRow = createMemo(() => (props.chosen === undefined ? -1 : rows().indexOf(props.chosen)));
  const choose = (at: number): void => {
    const row = rows().at(at);
    if (row === undefined) return;
    goTo(at);
    props.onChoose({ level: row.level, page: row.page });
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' || event.key === ' ') choose(active());
    else {
      const move = treeMove(event.key, rows(), active(), PAGE);
      if (move === undefined) return;
      if ('to' in move) goTo(move.to);
      else props.onToggle(rows().at(move.toggle)?.key ?? '');
    }
    event.preventDefault();
  };
  return { rows, active, chosenRow, choose, press };
}

/** The tree of tables: tables open, entries are chosen. */
export function Tree(props: TreeProps): JSX.Element {
  const id = createUniqueId();
  const { rows, active, chosenRow, choose, press } = createTreeState(props);
  const list = {
    get count() {
      return rows().length;
    },
    get height() {
      return props.rowHeight;
    },
    get active() {
      return active();
    },
  };
  let scroller: HTMLDivElement | undefined;
  const virtualizer = createRows<HTMLDivElement, HTMLDivElement>(list, () => scroller);
  return (
    <div
      ref={scroller}
      class="long-list"
      role="tree"
      aria-label="Tables, by their entries"
      aria-activedescendant={rows().length === 0 ? undefined : `${id}-${active()}`}
      tabIndex={0}
      onKeyDown={press}
    >
      <div role="presentation" style={{ height: `${virtualizer.getTotalSize()}px` }} />
      <For each={virtualizer.getVirtualItems()}>
        {(item) => (
          <Show when={rows().at(item.index)}>
            {(row) => (
              <TreeItem
                id={`${id}-${item.index}`}
                row={row()}
                facts={props.facts}
                isActive={item.index === active()}
                isChosen={item.index === chosenRow()}
                isWalked={props.walked.has(row().key)}
                style={rowStyle(list, item.start)}
                onChoose={() => choose(item.index)}
                onToggle={() => props.onToggle(row().key)}
              />
            )}
          </Show>
        )}
      </For>
    </div>
  );
}

/** A row. The tree has the focus, and its keys. */
function TreeItem(props: {
  readonly id: string;
  readonly row: TreeRow;
  readonly facts: TableFacts;
  readonly isActive: boolean;
  readonly isChosen: boolean;
  readonly isWalked: boolean;
  readonly style: JSX.CSSProperties;
  readonly onChoose: () => void;
  readonly onToggle: () => void;
}): JSX.Element {
  return (
    <div
      id={props.id}
      class="long-list-row tree-row"
      role="treeitem"
      tabIndex={-1}
      aria-level={props.row.depth}
      aria-posinset={props.row.position}
      aria-setsize={props.row.siblings}
      aria-expanded={props.row.kind === 'table' ? props.row.isOpen : undefined}
      aria-selected={props.isChosen}
      data-key={props.row.key}
      data-kind={props.row.kind}
      data-active={props.isActive}
      data-walked={props.isWalked}
      data-depth={props.row.depth}
      style={props.style}
      onPointerUp={() => props.onChoose()}
    >
      <Twist row={props.row} onToggle={props.onToggle} />
      <RowText row={props.row} facts={props.facts} />
    </div>
  );
}

/** What opens a table with the pointer; keys do so by the arrows. */
function Twist(props: { readonly row: TreeRow; readonly onToggle: () => void }): JSX.Element {
  const toggle = (event: PointerEvent): void => {
    event.stopPropagation();
    props.onToggle();
  };
  return (
    <span class="twist" aria-hidden="true" onPointerUp={toggle}>
      {props.row.kind === 'table' ? (props.row.isOpen ? '▾' : '▸') : ''}
    </span>
  );
}

function RowText(props: { readonly row: TreeRow; readonly facts: TableFacts }): JSX.Element {
  const index = (): string => {
    const { first, last } = props.row;
    return first === last ? `${first}` : `${first}–${last}`;
  };
  const range = (): string => rangeText(inputRange(props.facts, props.row.page, props.row.pages));
  const output = (): string => hex(BigInt(props.row.output) << BigInt(props.facts.pageShift));
  const what = (): string => {
    const { kind, text, first, last } = props.row;
    if (kind === 'none') return 'invalid';
    if (kind === 'fault') return text;
    return first === last ? kind : `${count(last - first + 1)} ${kind}s`;
  };
  const leads = (): boolean => props.row.kind !== 'none' && props.row.kind !== 'fault';
  return (
    <>
      <span class="tree-index">{index()}</span>
      <code class="tree-range">{range()}</code>
      <span class="tree-what">{what()}</span>
      <span class="tree-output">
        <Show when={leads()}>
          → <code>{output()}</code>{' '}
          <span class="quiet">{props.row.kind === 'table' ? `level ${props.row.level + 1}` : props.row.text}</span>
        </Show>
      </span>
    </>
  );
}
