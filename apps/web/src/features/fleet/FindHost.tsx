import { createSignal, createUniqueId, type JSX } from 'solid-js';
import type { RolloutPicture } from './picture.ts';
import { indexOfText, nextWith } from './texts.ts';

/** Goes to a host by its name, or by a part of it, and from there to the next one that has it. */
export function FindHost(props: {
  readonly picture: RolloutPicture;
  readonly chosen: number | undefined;
  readonly onChoose: (host: number) => void;
}): JSX.Element {
  const id = createUniqueId();
  const [wanted, setWanted] = createSignal('');
  const [isMissing, setMissing] = createSignal(false);
  const find = (): void => {
    const name = wanted().trim();
    if (name === '') return;
    const { names } = props.picture;
    const exact = indexOfText(names, name);
    const found = exact !== undefined && exact !== props.chosen ? exact : nextWith(names, name, props.chosen ?? -1);
    setMissing(found === undefined);
    if (found !== undefined) props.onChoose(found);
  };
  const nextTrouble = (): void => {
    const { troubled } = props.picture;
    const at = props.chosen === undefined ? -1 : troubled.indexOf(props.chosen);
    const next = troubled[(at + 1) % Math.max(1, troubled.length)];
    if (next !== undefined) props.onChoose(next);
  };
  return (
    <form
      class="fleet-find"
      onSubmit={(event) => {
        event.preventDefault();
        find();
      }}
    >
      <label for={id}>Go to host</label>
      <input
        id={id}
        type="search"
        spellcheck={false}
        autocomplete="off"
        placeholder="its name, or a part"
        aria-invalid={isMissing()}
        aria-describedby={`${id}-missing`}
        value={wanted()}
        onInput={({ currentTarget }) => {
          setWanted(currentTarget.value);
          setMissing(false);
        }}
      />
      <button type="submit" class="save">
        Go
      </button>
      <button type="button" class="save" disabled={props.picture.troubled.length === 0} onClick={nextTrouble}>
        Next in trouble
      </button>
      <span id={`${id}-missing`} class="bad" role="status">
        {isMissing() ? 'no host has that in its name' : ''}
      </span>
    </form>
  );
}
