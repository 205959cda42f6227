import { createUniqueId, For, type JSX, Match, Show, Switch } from 'solid-js';
import type { WishField } from '../../desk/wishes.ts';

/** One wish: its field, what it means, and what is wrong with what stands in it. */
export function WishInput(props: {
  readonly field: WishField;
  readonly value: string;
  readonly complaint: string | undefined;
  readonly onChange: (text: string) => void;
}): JSX.Element {
  const id = createUniqueId();
  const saysId = `${id}-says`;
  const common = () => ({
    id,
    title: props.field.help,
    'aria-invalid': props.complaint !== undefined,
    'aria-describedby': saysId,
  });
  return (
    <div class="field" data-look={props.field.look}>
      <label for={id}>{props.field.label}</label>
      <Switch>
        <Match when={props.field.look === 'choice'}>
          <select {...common()} onChange={({ currentTarget }) => props.onChange(currentTarget.value)}>
            <For each={props.field.choices}>
              {(choice) => (
                <option value={choice} selected={choice === props.value}>
                  {choice}
                </option>
              )}
            </For>
          </select>
        </Match>
        <Match when={props.field.look === 'flag'}>
          <input
            {...common()}
            type="checkbox"
            checked={props.value !== ''}
            onChange={({ currentTarget }) => props.onChange(currentTarget.checked ? 'yes' : '')}
          />
        </Match>
        <Match when={true}>
          <input
            {...common()}
            type="text"
            inputmode={props.field.look === 'number' ? 'numeric' : 'text'}
            spellcheck={false}
            autocomplete="off"
            value={props.value}
            onInput={({ currentTarget }) => props.onChange(currentTarget.value)}
          />
        </Match>
      </Switch>
      <p id={saysId} class="says">
        <Show when={props.complaint}>{(complaint) => <span class="bad">{complaint()}</span>}</Show>
        <span class="visually-hidden">{props.field.help}</span>
      </p>
    </div>
  );
}
