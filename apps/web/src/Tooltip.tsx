import { type JSX, Show } from 'solid-js';
import { itemText, type MapItem } from './model/item.ts';

/** What a tooltip is about, and where that is on the screen. */
export interface Tip {
  readonly item: MapItem;
  readonly at: DOMRect;
}

/** Name, exact addresses and size of an item; the item itself has them for screen readers. */
export function Tooltip(props: {
  readonly tip: Tip | undefined;
  readonly within: HTMLElement | undefined;
}): JSX.Element {
  const place = (tip: Tip): { left: string; top: string } => {
    const origin = props.within?.getBoundingClientRect() ?? new DOMRect();
    const center = Math.max(origin.left, tip.at.left) / 2 + Math.min(origin.right, tip.at.right) / 2 - origin.left;
    return { left: `clamp(8.5rem, ${center}px, 100% - 8.5rem)`, top: `${tip.at.top - origin.top}px` };
  };
  return (
    <Show when={props.tip}>
      {(tip) => (
        <div class="tooltip" aria-hidden="true" style={place(tip())}>
          <strong>{itemText(tip().item)[0]}</strong>
          <code>{itemText(tip().item)[1]}</code>
          <span>{itemText(tip().item)[2]}</span>
        </div>
      )}
    </Show>
  );
}
