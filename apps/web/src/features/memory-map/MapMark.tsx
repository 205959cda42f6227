import type { Range } from '@kexeckit/ioport';
import { type JSX, Show } from 'solid-js';
import { bytesText } from '../../shared/format.ts';
import { percentIn, placeIn } from '../../shared/place.ts';
import type { Tip } from '../../shared/Tooltip.tsx';
import { type ItemKind, itemLabel, itemText, lookClass, type MapItem, rangeBytes } from './model/item.ts';

/** Single pages, drawn as a shape of their own size. */
const shapeKinds: ReadonlySet<ItemKind> = new Set(['entry list', 'table', 'routine']);

/** A name is printed on what takes at least this share of its row. */
const NAMED_SHARE = 0.08;

/** One item on the map; it says what it is when pointed at or focused. */
export function MapMark(props: {
  readonly item: MapItem;
  readonly window: Range;
  readonly named: boolean;
  readonly onTip: (tip: Tip | undefined) => void;
}): JSX.Element {
  const show = (event: { readonly currentTarget: HTMLElement }): void =>
    props.onTip({ ...itemText(props.item), at: event.currentTarget.getBoundingClientRect() });
  const isNamed = (): boolean =>
    props.named &&
    props.item.note?.startsWith('destination') === true &&
    (placeIn(props.window, props.item)?.width ?? 0) >= NAMED_SHARE;
  const place = (): { left: string; width?: string } => {
    const range = percentIn(props.window, props.item);
    return shapeKinds.has(props.item.kind) ? { left: range.left } : range;
  };
  return (
    <button
      type="button"
      data-mark={props.item.kind}
      class={`mark ${lookClass(props.item.kind)}`}
      style={place()}
      aria-label={itemLabel(props.item)}
      onPointerEnter={show}
      onFocus={show}
      onBlur={() => props.onTip(undefined)}
    >
      <Show when={isNamed()}>
        <span class="mark-name">
          {props.item.name} <span>{bytesText(rangeBytes(props.item))}</span>
        </span>
      </Show>
    </button>
  );
}
