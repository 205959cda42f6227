import { createUniqueId, For, type JSX, Show } from 'solid-js';
import { OpenFiles } from '../../shared/OpenFiles.tsx';
import { exampleKind, exampleNamed, exampleNames } from './example.ts';

/** Which rollout is shown. */
export type Chosen =
  | { readonly kind: 'none' }
  | { readonly kind: 'file'; readonly name: string }
  | { readonly kind: 'example'; readonly name: string }
  | { readonly kind: 'host'; readonly id: string };

/** A rollout that the host knows. */
export interface KnownRollout {
  readonly id: string;
  readonly state: string;
}

/** Chooses a rollout: of the host, a file, or an example. */
export function Source(props: {
  readonly chosen: Chosen;
  readonly file: string | undefined;
  readonly rollouts: readonly KnownRollout[];
  readonly onChoose: (chosen: Chosen) => void;
  readonly onOpen: (file: File) => void;
}): JSX.Element {
  const id = createUniqueId();
  const value = (): string => optionOf(props.chosen);
  const choose = (text: string): void => props.onChoose(chosenOf(text));
  return (
    <div class="fleet-source">
      <label for={id}>Rollout</label>
      <select id={id} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        <option value="file" selected={value() === 'file'}>
          {props.file ?? 'none yet'}
        </option>
        <For each={props.rollouts}>
          {(rollout) => (
            <option value={`host:${rollout.id}`} selected={value() === `host:${rollout.id}`}>
              {rollout.id}, {rollout.state}
            </option>
          )}
        </For>
        <For each={exampleNames}>
          {(name) => (
            <option value={`example:${name}`} selected={value() === `example:${name}`}>
              Example, made up: {exampleKind(name).title}
            </option>
          )}
        </For>
      </select>
      <OpenFiles
        name="Open a status"
        multiple={false}
        onFiles={([file]) => {
          if (file !== undefined) props.onOpen(file);
        }}
      />
    </div>
  );
}

function optionOf(chosen: Chosen): string {
  if (chosen.kind === 'example') return `example:${chosen.name}`;
  return chosen.kind === 'host' ? `host:${chosen.id}` : 'file';
}

function chosenOf(value: string): Chosen {
  const [kind, ...rest] = value.split(':');
  const name = rest.join(':');
  if (kind === 'host') return { kind, id: name };
  return kind === 'example' && exampleNamed(name) !== undefined ? { kind, name } : { kind: 'none' };
}

/** At which moment of it an example is shown. */
export function Moment(props: {
  /** From 0 to 100. */
  readonly percent: number;
  readonly onChange: (percent: number) => void;
}): JSX.Element {
  const id = createUniqueId();
  return (
    <div class="fleet-moment">
      <label for={id}>Gone by</label>
      <input
        id={id}
        type="range"
        min="0"
        max="100"
        step="1"
        value={props.percent}
        aria-valuetext={`${props.percent} %`}
        onInput={({ currentTarget }) => props.onChange(currentTarget.valueAsNumber)}
      />
      <output for={id}>{props.percent} %</output>
    </div>
  );
}

/** What to give where nothing is shown. */
export function NoRollout(props: { readonly isServed: boolean }): JSX.Element {
  return (
    <div class="note fleet-none">
      <p>
        Choose an example, or drop or open what <code>kexeckit fleet status --json</code> prints: it is read in this
        page and sent nowhere.
      </p>
      <Show when={!props.isServed}>
        <p class="quiet">
          <code>kexeckit lab --fleet DATABASE</code> serves this page with the rollouts of a database, as they go on.
        </p>
      </Show>
    </div>
  );
}
