import type { Step } from '@kexeckit/reboot';
import type { JSX } from 'solid-js';
import type { Lab } from './lab.ts';

const words: Readonly<Record<Step, string>> = {
  inputs: 'reading the machine',
  plan: 'planning',
  load: 'loading',
  prove: 'proving',
  relocation: 'executing the routine',
  startup: 'starting the next kernel',
};

/** How far a run is, in one line that never changes its height. */
export function Progress(props: { readonly lab: Lab; readonly changed: boolean }): JSX.Element {
  const progress = () => props.lab.progress();
  const doing = (): string => {
    const at = progress();
    return at === undefined ? 'starting' : `${at.strategy}: ${words[at.step]}`;
  };
  const ended = (): string => {
    if (props.lab.failure() !== undefined) return 'stopped';
    const request = props.lab.request();
    const done = request === undefined ? '' : `done: EL${request.exceptionLevel}, seed ${request.seed}`;
    return props.changed ? `${done} · press Run for the new values` : done;
  };
  return (
    <div class="progress">
      <progress
        aria-label="Progress of the run"
        max={progress()?.total ?? 1}
        value={props.lab.running() ? (progress()?.done ?? 0) : (progress()?.total ?? 1)}
        data-running={props.lab.running()}
      />
      <p class="quiet" data-testid="status">
        {props.lab.running() ? doing() : ended()}
      </p>
      <p class="visually-hidden" role="status">
        {props.lab.running() ? 'Computing' : ended()}
      </p>
    </div>
  );
}
