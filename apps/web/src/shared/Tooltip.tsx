import { type JSX, Show } from 'solid-js';

/** What a tooltip says, and where what it is about is on the screen. */
export interface Tip {
  readonly name: string;
  /** Addresses, as code. */
  readonly code: string;
  readonly text: string;
  readonly at: DOMRect;
}

/** A few lines above what they are about; the thing itself has them for screen readers. */
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
          <strong>{tip().name}</strong>
          <code>{tip().code}</code>
          <span>{tip().text}</span>
        </div>
      )}
    </Show>
  );
}
