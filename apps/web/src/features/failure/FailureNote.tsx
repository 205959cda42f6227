import { type JSX, Show } from 'solid-js';
import { tryAgain } from '../../shared/again.ts';
import { notLoaded } from '../../shared/words.ts';
import type { Failure } from './model.ts';
import './style.css';

/** What went wrong, and what to do about it. */
export function FailureNote(props: { readonly failure: Failure | undefined }): JSX.Element {
  return (
    <Show when={props.failure}>
      {(failure) => (
        <div class="failure" role="alert">
          <p>
            <code>{failure().code}</code> <Show when={failure().strategy}>{(strategy) => `${strategy()}: `}</Show>
            {failure().message}
          </p>
          <Show when={failure().hint}>{(hint) => <p class="hint">{hint()}</p>}</Show>
          <Show when={failure().message === notLoaded.message}>
            <button type="button" class="plain" onClick={tryAgain}>
              Try again
            </button>
          </Show>
        </div>
      )}
    </Show>
  );
}
