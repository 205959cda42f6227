import { createMemo, createSignal, createUniqueId, For, Index, type JSX, Show } from 'solid-js';
import { count } from '../../shared/format.ts';
import { Grammar } from './Grammar.tsx';
import {
  type Answer,
  carriedMarks,
  MOST_CHARACTERS,
  type Reading,
  type Stretch,
  stretchesOf,
  type Told,
} from './model.ts';

/** A command line to type: what decides lights up in it, and what is wrong is underlined, with its fix below. */
export function ReservationField(props: {
  readonly line: string;
  /** Of this line, or of the one before. */
  readonly answer: Answer | undefined;
  readonly isStale: boolean;
  readonly onChange: (line: string) => void;
}): JSX.Element {
  const id = createUniqueId();
  let field: HTMLTextAreaElement | undefined;
  // Lines as they were before the fixes that were made since the last key.
  const [before, setBefore] = createSignal<readonly string[]>([]);
  const mend = (line: string): void => {
    setBefore((lines) => [...lines, props.line]);
    props.onChange(line);
    field?.focus();
  };
  const undo = (): void => {
    const line = before().at(-1);
    if (line === undefined) return;
    setBefore((lines) => lines.slice(0, -1));
    props.onChange(line);
    field?.focus();
  };
  const type = (text: string): void => {
    setBefore([]);
    props.onChange(text);
  };
  const stretches = createMemo((): Stretch[] => {
    const { answer, line } = props;
    return stretchesOf(line, answer === undefined ? [] : carriedMarks(answer.marks, answer.question.line, line));
  });
  return (
    <section class="typed-section" aria-labelledby={`${id}-title`}>
      <div class="section-head">
        <h2 id={`${id}-title`}>
          <label for={id}>Command line</label>
        </h2>
        <p class="quiet">
          <Show when={props.answer}>
            {(answer) => `${count(answer().bytes)} of ${count(answer().max)} bytes that arm64 keeps`}
          </Show>
        </p>
      </div>
      <div class="typed">
        <div class="typed-marks" aria-hidden="true">
          <For each={stretches()}>
            {({ text, looks }) => (
              <Show when={looks.length > 0} fallback={text}>
                <mark data-look={looks.join(' ')}>{text}</mark>
              </Show>
            )}
          </For>{' '}
        </div>
        <textarea
          id={id}
          ref={field}
          rows="1"
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          maxlength={MOST_CHARACTERS}
          aria-describedby={`${id}-says`}
          value={props.line}
          onKeyDown={(event) => {
            // A command line is one line.
            if (event.key === 'Enter') event.preventDefault();
          }}
          onInput={({ currentTarget }) => type(currentTarget.value)}
        />
      </div>
      <div id={`${id}-says`} role="status" class="verdicts" classList={{ stale: props.isStale }}>
        <Index each={props.answer?.readings}>{(reading) => <Verdict reading={reading()} />}</Index>
        <Show when={props.answer?.lost}>{(lost) => <p class="bad">The kernel never sees the end: {lost()}.</p>}</Show>
      </div>
      <Findings
        answer={props.answer}
        canUndo={before().length > 0}
        isStale={props.isStale}
        onMend={mend}
        onUndo={undo}
      />
      <Grammar />
    </section>
  );
}

function Verdict(props: { readonly reading: Reading }): JSX.Element {
  return (
    <p data-verdict={props.reading.parameter}>
      <code>{props.reading.parameter}=</code> {props.reading.summary}
      <Show when={props.reading.holds.length > 0}>
        {' '}
        <span class="quiet">
          by{' '}
          <For each={props.reading.holds}>
            {(text, at) => (
              <>
                {at() > 0 ? ' and ' : ''}
                <code class="holds">{text}</code>
              </>
            )}
          </For>
        </span>
      </Show>
      <Show when={props.reading.parameter === 'kexeckernel'}>
        {' '}
        <span class="quiet">Only kernels with the patches of the 2019 series read it: others pass over it.</span>
      </Show>
    </p>
  );
}

function Findings(props: {
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
