import { createEffect, createSignal, createUniqueId, For, type JSX, on, onCleanup, Show } from 'solid-js';
import { count, hex } from '../../shared/format.ts';
import { createRows, rowStyle } from '../../shared/virtual.ts';
import type { Words } from '../../shared/words.ts';
import { type EditComplaints, type EditField, type EditTexts, editKinds, wrongs } from './editing.ts';
import { type Choice, Field } from './Field.tsx';
import type { EditStepView, PlayView, ViolationView, WalkView } from './model.ts';
import { WalkResult } from './Walk.tsx';

/** Milliseconds from step to step while it plays. */
const BEAT_MS = 900;
/** Steps of a kind that are played one by one. */
const MUCH = 8;
/** Violations in the open. */
const MOST_SHOWN = 20;

const KINDS: readonly Choice[] = [['', 'no edit'], ...editKinds.map((kind): Choice => [kind, kind])];
const WRONGS: readonly Choice[] = Object.entries(wrongs);
const LEVELS: readonly Choice[] = [
  ['0', '0'],
  ['1', '1'],
  ['2', '2'],
];

/** An edit of the tables while they are used, step by step, and what its referee says. */
export function Play(props: {
  readonly texts: EditTexts;
  readonly complaints: EditComplaints;
  readonly failure: Words | undefined;
  readonly play: PlayView | undefined;
  readonly isStale: boolean;
  /** Steps that are done. */
  readonly done: number;
  readonly walk: WalkView | undefined;
  readonly rowHeight: number;
  readonly onChange: (field: EditField, text: string) => void;
  readonly onDone: (done: number) => void;
}): JSX.Element {
  const field = (name: EditField, label: string, help: string, choices?: readonly Choice[]): JSX.Element => (
    <Field
      {...{ label, help }}
      {...(choices && { choices })}
      value={props.texts[name]}
      complaint={props.complaints[name]}
      onChange={(text) => props.onChange(name, text)}
    />
  );
  return (
    <section aria-labelledby="play-title" class="edit-play">
      <div class="section-head">
        <h2 id="play-title">Edit in use</h2>
        <p class="quiet">
          <abbr title="An entry in use is made invalid and invalidated in TLBs before it gets another output, type or size">
            Break-before-make
          </abbr>
          , step by step, under the eyes of a referee.
        </p>
      </div>
      <div class="table-source-row">
        {field('kind', 'Edit', 'what is changed while CPUs walk the tables', KINDS)}
        <Show when={props.texts.kind !== ''}>
          {field('va', 'Address', 'first virtual address')}
          {field('size', 'Size', 'in bytes: 4K, 2M')}
          <Show when={props.texts.kind === 'map'}>{field('pa', 'Output', 'first physical address')}</Show>
          <Show when={props.texts.kind !== 'unmap'}>
            {field('access', 'Access', 'r, rw, rx or rwx, and behind commas nc, wt or device, and user')}
          </Show>
          {field('bbm', 'FEAT_BBM', 'how far CPUs can change the size of blocks in place', LEVELS)}
          {field('asid', 'ASID', 'the only address space identifier in use; empty for all of them')}
          {field('wrong', 'Done', 'as planned, or wrong in one way', WRONGS)}
        </Show>
      </div>
      <Show when={props.failure}>
        {(failure) => (
          <p class="bad" role="alert">
            <code>{failure().code}</code> {failure().message}: {failure().hint}
          </p>
        )}
      </Show>
      <Show when={props.failure === undefined && props.play}>
        {(play) => (
          <div classList={{ stale: props.isStale }}>
            <Verdict play={play()} />
            <Show when={play().steps.length > 0} fallback={<p>Nothing has to be done: it is so.</p>}>
              <Controls play={play()} done={props.done} onDone={props.onDone} />
              <Show when={props.walk}>{(walk) => <WalkResult walk={walk()} />}</Show>
              <Steps play={play()} done={props.done} rowHeight={props.rowHeight} onDone={props.onDone} />
            </Show>
          </div>
        )}
      </Show>
    </section>
  );
}

function Verdict(props: { readonly play: PlayView }): JSX.Element {
  const place = ({ step }: ViolationView): string =>
    step >= props.play.done ? 'At the end' : `Step ${step + 1} is forbidden`;
  return (
    <div class="edit-verdict" role="status" data-verdict={props.play.violations.total === 0 ? 'good' : 'bad'}>
      <Show
        when={props.play.violations.total > 0}
        fallback={
          <p>
            The referee: no rule is broken.{' '}
            <span class="quiet">
              Tables added: {count(props.play.takes)}, given back: {count(props.play.frees)}.
            </span>
          </p>
        }
      >
        <ul>
          <For each={props.play.violations.rows.slice(0, MOST_SHOWN)}>
            {(violation) => (
              <li data-rule={violation.rule}>
                <strong>
                  {place(violation)}: {violation.rule}
                </strong>
                <Show when={violation.address !== undefined && { at: violation.address }}>
                  {(address) => (
                    <>
                      {' '}
                      for <code>{hex(address().at)}</code>
                    </>
                  )}
                </Show>
                : {violation.meaning}.
              </li>
            )}
          </For>
        </ul>
        <Show when={props.play.violations.total > MOST_SHOWN}>
          <p class="quiet">
            The first {MOST_SHOWN} of {count(props.play.violations.total)}.
          </p>
        </Show>
      </Show>
    </div>
  );
}

function Controls(props: {
  readonly play: PlayView;
  readonly done: number;
  readonly onDone: (done: number) => void;
}): JSX.Element {
  const id = createUniqueId();
  const [isPlaying, setPlaying] = createSignal(false);
  const goTo = (done: number): void => {
    setPlaying(false);
    props.onDone(Math.max(0, Math.min(done, props.play.done)));
  };
  const timer = setInterval(() => {
    if (!isPlaying()) return;
    // What is stored in a row is done in one go where it is much.
    const end = endOfGroup(props.play, props.done);
    if (props.done < props.play.done) props.onDone(end - props.done > MUCH ? end : props.done + 1);
    else setPlaying(false);
  }, BEAT_MS);
  onCleanup(() => clearInterval(timer));
  createEffect(
    on(
      () => props.play,
      () => setPlaying(false),
      { defer: true },
    ),
  );
  const toggle = (): void => {
    if (!isPlaying() && props.done >= props.play.done) props.onDone(0);
    setPlaying(!isPlaying());
  };
  return (
    <fieldset class="edit-controls">
      <legend class="visually-hidden">Steps</legend>
      <button type="button" onClick={() => goTo(props.done - 1)} disabled={props.done === 0}>
        Back
      </button>
      <button type="button" onClick={toggle}>
        {isPlaying() ? 'Pause' : 'Play'}
      </button>
      <button type="button" onClick={() => goTo(props.done + 1)} disabled={props.done >= props.play.done}>
        Step
      </button>
      <button
        type="button"
        onClick={() => goTo(endOfGroup(props.play, props.done))}
        disabled={props.done >= props.play.done}
      >
        Next group
      </button>
      <label for={id}>
        {count(props.done)} of {count(props.play.done)} steps
      </label>
      <input
        id={id}
        type="range"
        min="0"
        max={props.play.done}
        value={props.done}
        onInput={({ currentTarget }) => goTo(currentTarget.valueAsNumber)}
      />
    </fieldset>
  );
}

/** How many steps are done where the next group of one kind ends. */
function endOfGroup({ steps, done: all }: PlayView, done: number): number {
  const first = steps.findIndex(({ at }) => at === done);
  const next = steps.findIndex(({ kind, at }, row) => row > first && at !== undefined && kind !== steps[first]?.kind);
  return steps[next]?.at ?? all;
}

const GROUPS: Readonly<Record<EditStepView['kind'], JSX.Element>> = {
  store: 'Stores',
  dsb: 'DSB',
  tlbi: 'TLBI',
  isb: 'ISB',
};

function Steps(props: {
  readonly play: PlayView;
  readonly done: number;
  readonly rowHeight: number;
  readonly onDone: (done: number) => void;
}): JSX.Element {
  const goTo = (row: number): void => {
    const at = props.play.steps[row]?.at;
    if (at !== undefined) props.onDone(at + 1);
  };
  const rowOf = (at: number): number => props.play.steps.findIndex((step) => step.at === at);
  const active = (): number => (props.done === 0 ? rowOf(0) : rowOf(props.done - 1));
  const step = (row: number): EditStepView | undefined => props.play.steps[row];
  const isFirst = (row: number): boolean => step(row)?.kind !== step(row - 1)?.kind;
  const state = (row: number): string => {
    const at = step(row)?.at;
    if (at === undefined) return 'left-out';
    if (at === props.done - 1) return 'last';
    return at < props.done ? 'done' : 'to-come';
  };
  const isBroken = (row: number): boolean =>
    step(row)?.at !== undefined && props.play.violations.rows.some((violation) => violation.step === step(row)?.at);
  const list = {
    get count() {
      return props.play.steps.length;
    },
    get height() {
      return props.rowHeight;
    },
    get active() {
      return active();
    },
  };
  let scroller: HTMLUListElement | undefined;
  const virtualizer = createRows<HTMLUListElement, HTMLLIElement>(list, () => scroller);
  return (
    <ul class="long-list" ref={scroller} aria-label="Steps of the edit">
      <li class="filler" aria-hidden="true" style={{ height: `${virtualizer.getTotalSize()}px` }} />
      <For each={virtualizer.getVirtualItems()}>
        {({ index, start }) => (
          <li
            class="long-list-row edit-step"
            data-kind={step(index)?.kind}
            data-state={state(index)}
            data-broken={isBroken(index)}
            data-first={isFirst(index)}
            aria-current={state(index) === 'last' ? 'step' : undefined}
            style={rowStyle(list, start)}
          >
            <span class="edit-step-group">{isFirst(index) ? GROUPS[step(index)?.kind ?? 'isb'] : ''}</span>
            <button type="button" class="plain" title="Do the steps up to here" onClick={() => goTo(index)}>
              <code>{step(index)?.text}</code>
            </button>
            <span class="quiet">
              {state(index) === 'left-out' ? 'left out: ' : ''}
              {isBroken(index) ? 'forbidden: ' : ''}
              {step(index)?.means}
            </span>
          </li>
        )}
      </For>
    </ul>
  );
}
