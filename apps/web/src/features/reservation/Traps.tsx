import { Index, type JSX, Show } from 'solid-js';
import type { Answer, Told } from './model.ts';

/** What is wrong with the line, and the buttons that mend it. */
export function Traps(props: {
  readonly answer: Answer | undefined;
  readonly canUndo: boolean;
  readonly isStale: boolean;
  readonly onMend: (line: string) => void;
  readonly onUndo: () => void;
}): JSX.Element {
  const found = (): readonly Told[] => props.answer?.findings ?? [];
  const fixable = (): number => found().filter(({ fix, severity }) => fix !== undefined && severity !== 'note').length;
  // A fix is made in the line that it was found in.
  const mend = (line: string): void => {
    if (!props.isStale) props.onMend(line);
  };
  return (
    <div class="traps" classList={{ stale: props.isStale }}>
      <ul aria-label="Mistakes and traps">
        <Index each={found()}>
          {(told) => (
            <li data-severity={told().severity}>
              <p>
                <strong>{told().severity}</strong>{' '}
                <code>{props.answer?.question.line.slice(told().start, told().end)}</code> {told().message}.{' '}
                <span class="quiet">{told().linux}</span>
              </p>
              <Show when={told().fix}>
                {(fix) => (
                  <button type="button" class="plain" onClick={() => mend(fix().line)}>
                    Fix: {fix().words}
                  </button>
                )}
              </Show>
            </li>
          )}
        </Index>
      </ul>
      <div class="trap-buttons">
        <Show when={fixable() > 1 && props.answer}>
          {(answer) => (
            <button type="button" class="plain" onClick={() => mend(answer().mended)}>
              Fix all that can be fixed
            </button>
          )}
        </Show>
        <Show when={props.canUndo}>
          <button type="button" class="plain" onClick={props.onUndo}>
            Undo the fix
          </button>
        </Show>
      </div>
    </div>
  );
}
