import { createUniqueId, type JSX } from 'solid-js';

/** A size in MiB, typed by sliding. */
export function SizeSlider(props: {
  readonly label: string;
  readonly value: number;
  readonly most: number;
  readonly onChange: (mib: number) => void;
}): JSX.Element {
  const id = createUniqueId();
  return (
    <div class="size-slider">
      <label for={id}>{props.label}</label>
      <input
        id={id}
        type="range"
        min="1"
        max={props.most}
        step="1"
        value={props.value}
        aria-valuetext={`${props.value} MiB`}
        onInput={({ currentTarget }) => props.onChange(currentTarget.valueAsNumber)}
      />
      <output for={id}>{props.value} MiB</output>
    </div>
  );
}
