import type { Range } from '@kexeckit/ioport';
import type { JSX } from 'solid-js';
import { count } from '../../shared/format.ts';
import type { Tip } from '../../shared/Tooltip.tsx';
import { binRange, type Density } from './model/density.ts';
import { itemLabel, itemText, type MapItem } from './model/item.ts';

/** Where the source pages lie: a column for each part of the row, as high as the part has pages. */
export function DensityStrip(props: {
  readonly sources: Density;
  readonly window: Range;
  readonly densest: number;
  readonly onTip: (tip: Tip | undefined) => void;
}): JSX.Element {
  const bins = (): number => props.sources.bins.length;
  const path = (): string =>
    props.sources.bins
      .map((pages, bin) => (pages === 0 ? '' : `M${bin} 100V${100 - heightOf(pages, props.densest)}h1V100`))
      .join('');
  const all = (): MapItem => ({
    kind: 'source',
    name: 'Source pages',
    ...(props.sources.extent ?? props.window),
    pages: props.sources.pages,
    note: `in ${count(props.sources.runs)} runs`,
  });
  const showAll = (event: FocusEvent & { readonly currentTarget: HTMLElement }): void =>
    props.onTip({ ...itemText(all()), at: event.currentTarget.getBoundingClientRect() });
  const showBin = (event: PointerEvent & { readonly currentTarget: HTMLElement }): void => {
    const box = event.currentTarget.getBoundingClientRect();
    const bin = Math.min(bins() - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * bins())));
    const item: MapItem = {
      kind: 'source',
      name: 'Source pages',
      ...binRange(props.window, bins(), bin),
      pages: props.sources.bins[bin] ?? 0,
      note: 'in this part of the bank',
    };
    props.onTip({ ...itemText(item), at: new DOMRect(event.clientX, box.top, 0, box.height) });
  };
  return (
    <button
      type="button"
      data-mark="source"
      class="density"
      aria-label={itemLabel(all())}
      onPointerMove={showBin}
      onFocus={showAll}
      onBlur={() => props.onTip(undefined)}
    >
      <svg viewBox={`0 0 ${bins()} 100`} preserveAspectRatio="none" aria-hidden="true">
        <path d={path()} />
      </svg>
    </button>
  );
}

/** Even one page is seen. */
const heightOf = (pages: number, densest: number): number => Math.round(12 + 80 * Math.min(1, pages / densest));
