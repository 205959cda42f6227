import { createUniqueId, For, type JSX, Show } from 'solid-js';

/** What can be chosen: a value, and what it is called. */
export type Choice = readonly [value: string, title: string];

/** A field to type in, or to choose in where there are choices, with what is wrong below it. */
export function Field(props: {
  readonly label: string;
  readonly help: string;
  readonly value: string;
  readonly look?: 'text' | 'lines' | 'flag';
  readonly choices?: readonly Choice[];
  readonly complaint?: string | undefined;
  readonly onChange: (text: string) => void;
}): JSX.Element {
  const id = createUniqueId();
  const common = () => ({
    id,
    title: props.help,
    'aria-invalid': props.complaint !== undefined,
    'aria-describedby': `${id}-says`,
  });
  const typed = () => ({ ...common(), spellcheck: false, autocomplete: 'off', value: props.value });
  const control = (): JSX.Element => {
    const { choices } = props;
    if (choices !== undefined)
      return (
        <select {...common()} onChange={({ currentTarget }) => props.onChange(currentTarget.value)}>
          <For each={choices}>
            {([value, title]) => (
              <option value={value} selected={value === props.value}>
                {title}
              </option>
            )}
          </For>
        </select>
      );
    if (props.look === 'flag')
      return (
        <input
          {...common()}
          type="checkbox"
          checked={props.value !== ''}
          onChange={({ currentTarget }) => props.onChange(currentTarget.checked ? 'yes' : '')}
        />
      );
    if (props.look === 'lines')
      return <textarea {...typed()} rows="4" onInput={({ currentTarget }) => props.onChange(currentTarget.value)} />;
    return <input {...typed()} type="text" onInput={({ currentTarget }) => props.onChange(currentTarget.value)} />;
  };
  return (
    <div class="field" data-look={props.look ?? (props.choices ? 'choice' : 'text')}>
      <label for={id}>{props.label}</label>
      {control()}
      <p id={`${id}-says`} class="says">
        <Show when={props.complaint}>{(complaint) => <span class="bad">{complaint()}</span>}</Show>
        <span class="visually-hidden">{props.help}</span>
      </p>
    </div>
  );
}
