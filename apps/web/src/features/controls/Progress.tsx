import type { JSX } from 'solid-js';
import { doingText, endedText, type RunState } from './model.ts';

/** How far a run is, in one line that never changes its height. */
export function Progress(props: { readonly state: RunState; readonly changed: boolean }): JSX.Element {
  const total = (): number => props.state.progress?.total ?? 1;
  const ended = (): string => endedText(props.state, props.changed);
  return (
    <div class="progress">
      <progress
        aria-label="Progress of the run"
        max={total()}
        value={props.state.running ? (props.state.progress?.done ?? 0) : total()}
        data-running={props.state.running}
      />
      <p class="quiet" data-testid="status">
        {props.state.running ? doingText(props.state) : ended()}
      </p>
      <p class="visually-hidden" role="status">
        {props.state.running ? 'Computing' : ended()}
      </p>
    </div>
  );
}
