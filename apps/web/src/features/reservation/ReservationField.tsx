import { createMemo, createSignal, createUniqueId, For, Index, type JSX, Show } from 'solid-js';
import { count } from '../../shared/format.ts';
import { Grammar } from './Grammar.tsx';
import { type Answer, carriedMarks, MOST_CHARACTERS, type Reading, type Stretch, stretchesOf } from './model.ts';
import { Traps } from './Traps.tsx';

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
      <TypedLine id={id} line={props.line} answer={props.answer} onChange={type} ref={field} />
      <div id={`${id}-says`} role="status" class="verdicts" classList={{ stale: props.isStale }}>
        <Index each={props.answer?.readings}>{(reading) => <Verdict reading={reading()} />}</Index>
        <Show when={props.answer?.lost}>{(lost) => <p class="bad">The kernel never sees the end: {lost()}.</p>}</Show>
      </div>
      <Traps answer={props.answer} canUndo={before().length > 0} isStale={props.isStale} onMend={mend} onUndo={undo} />
      <Grammar />
    </section>
  );
}

/** The text field, with its marks below the letters. */
function TypedLine(props: {
  readonly id: string;
  readonly line: string;
  readonly answer: Answer | undefined;
  readonly onChange: (line: string) => void;
  readonly ref: HTMLTextAreaElement | undefined;
}): JSX.Element {
  const stretches = createMemo((): Stretch[] => {
    const { answer, line } = props;
    return stretchesOf(line, answer === undefined ? [] : carriedMarks(answer.marks, answer.question.line, line));
  });
  return (
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
        id={props.id}
        ref={props.ref}
        rows="1"
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        maxlength={MOST_CHARACTERS}
        aria-describedby={`${props.id}-says`}
        value={props.line}
        onKeyDown={(event) => {
          // A command line is one line.
          if (event.key === 'Enter' && !event.isComposing) event.preventDefault();
        }}
        onInput={({ currentTarget }) => props.onChange(currentTarget.value)}
      />
    </div>
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
