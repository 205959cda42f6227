import type { Range } from '@kexeckit/ioport';
import type { JSX } from 'solid-js';
import { placeIn } from '../../shared/place.ts';

/** Shows which part of a bank the row above it magnifies. */
export function Lens(props: { readonly bank: Range; readonly window: Range }): JSX.Element {
  const points = (): string => {
    const place = placeIn(props.bank, props.window);
    const left = 100 * (place?.left ?? 0);
    const right = left + 100 * (place?.width ?? 0);
    return `0,0 100,0 ${right},10 ${left},10`;
  };
  return (
    <div class="lens" aria-hidden="true">
      <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
        <polygon points={points()} />
      </svg>
    </div>
  );
}
