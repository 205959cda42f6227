import type { JSX } from 'solid-js';
import { type RunState, stateText } from './model.ts';

/** How far a run is, in one line that never changes its height, and a way to end it. */
export function Progress(props: { readonly state: RunState; readonly onCancel: () => void }): JSX.Element {
  const total = (): number => props.state.progress?.total ?? 1;
  const text = (): string => stateText(props.state);
  return (
    <div class="progress">
      <progress
        aria-label="Progress of the run"
        max={total()}
        value={props.state.running ? (props.state.progress?.done ?? 0) : total()}
        data-running={props.state.running}
      />
      <button type="button" class="plain cancel" data-running={props.state.running} onClick={() => props.onCancel()}>
        Cancel
      </button>
      <p class="quiet" data-testid="status">
        {text()}
      </p>
      <p class="visually-hidden" role="status">
        {props.state.running ? 'Computing' : text()}
      </p>
    </div>
  );
}
