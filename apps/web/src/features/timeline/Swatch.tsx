import type { TimedPhase } from '@kexeckit/reboot';
import type { JSX } from 'solid-js';
import { lookOf } from './model.ts';

/** The colour of a phase. */
export function Swatch(props: {
  readonly phase: TimedPhase;
  readonly narrowOnly?: boolean;
  readonly isPlain?: boolean;
}): JSX.Element {
  return (
    <span
      class="swatch phase-swatch"
      classList={{
        hatched: lookOf(props.phase).isHatched && props.isPlain !== true,
        'narrow-only': props.narrowOnly === true,
      }}
      style={{ '--phase': lookOf(props.phase).colour }}
      aria-hidden="true"
    />
  );
}
