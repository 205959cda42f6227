import { For, type JSX, Show } from 'solid-js';
import type { Words } from '../../shared/words.ts';

/** A log that is read, or was not. */
export interface LogState {
  readonly name: string;
  readonly state: 'waiting' | 'reading' | 'read' | 'cancelled' | 'failed';
  /** From 0 to 1. */
  readonly share: number;
  readonly failure: Words | undefined;
}

const stateWords = (log: LogState): string =>
  ({
    waiting: 'waits',
    reading: 'is being read',
    read: 'is read',
    cancelled: 'was not read: cancelled',
    failed: `was not read: ${log.failure?.message ?? ''}`,
  })[log.state];

/** How far logs are read, and ways to end that, and to read them all the same. */
export function Reading(props: {
  readonly logs: readonly LogState[];
  readonly onCancel: () => void;
  readonly onAgain: () => void;
}): JSX.Element {
  const open = (): LogState[] => props.logs.filter(({ state }) => state !== 'read');
  const isReading = (): boolean => open().some(({ state }) => state === 'reading' || state === 'waiting');
  return (
    <Show when={open().length > 0}>
      <div class="log-reading">
        <ul>
          <For each={open()}>
            {(log) => (
              <li classList={{ refused: log.state === 'failed' }}>
                <bdi>{log.name}</bdi> <span class="quiet">{stateWords(log)}</span>{' '}
                <Show when={log.state === 'reading'}>
                  <progress aria-label={`How much of ${log.name} is read`} max={1} value={log.share} />
                </Show>
              </li>
            )}
          </For>
        </ul>
        <Show
          when={isReading()}
          fallback={
            <button type="button" class="plain" onClick={() => props.onAgain()}>
              Read again
            </button>
          }
        >
          <button type="button" class="plain" onClick={() => props.onCancel()}>
            Cancel
          </button>
        </Show>
      </div>
    </Show>
  );
}
