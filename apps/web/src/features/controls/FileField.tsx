import { createUniqueId, type JSX } from 'solid-js';
import type { ChosenFile } from './model.ts';

/** A file of the visitor's: read here, and sent nowhere. */
export function FileField(props: {
  readonly label: string;
  readonly accept: string;
  readonly onChoose: (file: ChosenFile | undefined) => void;
}): JSX.Element {
  const id = createUniqueId();
  const choose = async (input: HTMLInputElement): Promise<void> => {
    const file = input.files?.[0];
    props.onChoose(file && { name: file.name, text: await file.text() });
  };
  return (
    <div class="field file">
      <label for={id}>{props.label}</label>
      <input id={id} type="file" accept={props.accept} onChange={({ currentTarget }) => void choose(currentTarget)} />
    </div>
  );
}
