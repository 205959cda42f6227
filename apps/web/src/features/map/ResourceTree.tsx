import { createVirtualizer } from '@tanstack/solid-virtual';
import { createEffect, createMemo, createSignal, For, type JSX, on, Show } from 'solid-js';
import { hex } from '../../shared/format.ts';
import { outerRows, type ResourceRow, seenRows, treeStep } from './model/tree.ts';

const ROW = 24;

/** `/proc/iomem` as a tree: one tab stop; the line that is chosen here is chosen on the map. */
export function ResourceTree(props: {
  readonly rows: readonly ResourceRow[];
  readonly chosen: number | undefined;
  readonly onChoose: (index: number) => void;
}): JSX.Element {
  const [folded, setFolded] = createSignal<ReadonlySet<number>>(new Set());
  const [active, setActive] = createSignal(0);
  const seen = createMemo(() => seenRows(props.rows, folded()));
  let box: HTMLDivElement | undefined;
  const virtual = createVirtualizer({
    get count() {
      return seen().length;
    },
    getScrollElement: () => box ?? null,
    estimateSize: () => ROW,
    overscan: 12,
    initialRect: { width: 320, height: 400 },
  });
  const show = (index: number): void => {
    setActive(index);
    const at = seen().indexOf(index);
    if (at >= 0) virtual.scrollToIndex(at, { align: 'auto' });
  };
  const fold = (index: number, isFolded: boolean): void => {
    setFolded((before) => {
      const next = new Set(before);
      if (isFolded) next.add(index);
      else next.delete(index);
      return next;
    });
  };
  createEffect(
    on(
      () => props.rows,
      () => {
        setFolded(new Set<number>());
        setActive(0);
      },
    ),
  );
  createEffect(
    on([() => props.chosen, () => props.rows], ([chosen]) => {
      if (chosen === undefined) return;
      for (const outer of outerRows(props.rows, chosen)) if (folded().has(outer)) fold(outer, false);
      show(chosen);
    }),
  );
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      props.onChoose(active());
      return;
    }
    const step = treeStep(event.key, props.rows, folded(), seen(), active());
    if (step === undefined) return;
    event.preventDefault();
    if (step.fold !== undefined) fold(active(), step.fold);
    if (step.to !== undefined) show(step.to);
  };
  const onClick = (event: MouseEvent): void => {
    if (!(event.target instanceof Element)) return;
    const row = Number(event.target.closest('[data-row]')?.getAttribute('data-row') ?? Number.NaN);
    if (Number.isNaN(row)) return;
    setActive(row);
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
          {(item) => (
            <TreeRow
              index={seen()[item.index] ?? 0}
              row={props.rows[seen()[item.index] ?? 0]}
              top={item.start}
              isFolded={folded().has(seen()[item.index] ?? 0)}
              isActive={active() === seen()[item.index]}
              isChosen={props.chosen === seen()[item.index]}
            />
          )}
        </For>
      </div>
    </div>
  );
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
