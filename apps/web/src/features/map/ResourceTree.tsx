import { createVirtualizer } from '@tanstack/solid-virtual';
import { type Accessor, createEffect, createMemo, createSignal, For, type JSX, on, Show } from 'solid-js';
import { hex } from '../../shared/format.ts';
import { outerRows, type ResourceRow, seenRows, treeStep } from './model/tree.ts';

const ROW = 24;

interface TreeProps {
  readonly rows: readonly ResourceRow[];
  readonly chosen: number | undefined;
  readonly onChoose: (index: number) => void;
}

/** `/proc/iomem` as a tree: one tab stop; the line that is chosen here is chosen on the map. */
export function ResourceTree(props: TreeProps): JSX.Element {
  let box: HTMLDivElement | undefined;
  const { active, folded, seen, fold, go } = createFolding(props);
  const virtual = createVirtualizer({
    get count() {
      return seen().length;
    },
    getScrollElement: () => box ?? null,
    estimateSize: () => ROW,
    overscan: 12,
    initialRect: { width: 320, height: 400 },
  });
  createEffect(() => {
    const at = seen().indexOf(active());
    if (at >= 0) virtual.scrollToIndex(at, { align: 'auto' });
  });
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isChoice = event.key === 'Enter' || event.key === ' ';
    const step = isChoice ? {} : treeStep(event.key, props.rows, folded(), seen(), active());
    if (step === undefined) return;
    event.preventDefault();
    if (isChoice) props.onChoose(active());
    if (step.fold !== undefined) fold(active(), step.fold);
    if (step.to !== undefined) go(step.to);
  };
  const onClick = (event: MouseEvent): void => {
    if (!(event.target instanceof Element)) return;
    const row = Number(event.target.closest('[data-row]')?.getAttribute('data-row') ?? Number.NaN);
    if (Number.isNaN(row)) return;
    go(row);
    if (event.target.closest('.fold') !== null && (props.rows[row]?.within ?? 0) > 0) fold(row, !folded().has(row));
    else props.onChoose(row);
  };
  return (
    <div
      class="resource-tree"
      role="tree"
      aria-label="Resources of /proc/iomem"
      tabIndex={0}
      aria-activedescendant={`resource-${active()}`}
      ref={box}
      onKeyDown={onKeyDown}
      onClick={onClick}
    >
      <div class="virtual" role="presentation" style={{ height: `${virtual.getTotalSize()}px` }}>
        <For each={virtual.getVirtualItems()}>
          {(item) => {
            const index = (): number => seen()[item.index] ?? 0;
            return (
              <TreeRow
                index={index()}
                row={props.rows[index()]}
                top={item.start}
                isFolded={folded().has(index())}
                isActive={active() === index()}
                isChosen={props.chosen === index()}
              />
            );
          }}
        </For>
      </div>
    </div>
  );
}

/** Which lines are folded, and which one the keys are at. */
interface Folding {
  readonly active: Accessor<number>;
  readonly folded: Accessor<ReadonlySet<number>>;
  readonly seen: Accessor<readonly number[]>;
  readonly fold: (index: number, isFolded: boolean) => void;
  readonly go: (index: number) => void;
}

/** Begins with all lines open for each map; what is chosen is unfolded, and the keys go there. */
function createFolding(props: TreeProps): Folding {
  const [folded, setFolded] = createSignal<ReadonlySet<number>>(new Set());
  const [active, setActive] = createSignal(0);
  const seen = createMemo(() => seenRows(props.rows, folded()));
  const fold = (index: number, isFolded: boolean): void => {
    setFolded((before) => {
      const next = new Set(before);
      if (isFolded) next.add(index);
      else next.delete(index);
      return next;
    });
  };
  const begin = (): void => {
    setFolded(new Set<number>());
    setActive(0);
  };
  createEffect(on(() => props.rows, begin));
  createEffect(
    on([() => props.chosen, () => props.rows], ([chosen, rows]) => {
      if (chosen === undefined) return;
      for (const outer of outerRows(rows, chosen)) if (folded().has(outer)) fold(outer, false);
      setActive(chosen);
    }),
  );
  return { active, folded, seen, fold, go: setActive };
}

function TreeRow(props: {
  readonly index: number;
  readonly row: ResourceRow | undefined;
  readonly top: number;
  readonly isFolded: boolean;
  readonly isActive: boolean;
  readonly isChosen: boolean;
}): JSX.Element {
  return (
    <Show when={props.row}>
      {(row) => (
        <div
          id={`resource-${props.index}`}
          data-row={props.index}
          role="treeitem"
          tabIndex={-1}
          aria-level={row().depth + 1}
          aria-expanded={row().within > 0 ? !props.isFolded : undefined}
          aria-selected={props.isChosen}
          classList={{ active: props.isActive }}
          style={{ transform: `translateY(${props.top}px)`, 'padding-left': `${6 + 14 * Math.min(8, row().depth)}px` }}
          title={`${hex(row().start)}–${hex(row().end)} ${row().name}`}
        >
          <span class="fold" aria-hidden="true">
            {row().within === 0 ? '' : props.isFolded ? '▸' : '▾'}
          </span>
          <span class="resource-name">{row().name}</span>
          <code>{row().start.toString(16).padStart(8, '0')}</code>
        </div>
      )}
    </Show>
  );
}
