import { For, type JSX } from 'solid-js';

/** The head of one column. */
export interface Column {
  readonly title: string;
  /** How its cells look: `number` aligns them to the right. */
  readonly look?: string;
}

/** The head of a table. */
export function Columns(props: { readonly of: readonly Column[] }): JSX.Element {
  return (
    <thead>
      <tr>
        <For each={props.of}>
          {({ title, look }) => (
            <th scope="col" class={look}>
              {title}
            </th>
          )}
        </For>
      </tr>
    </thead>
  );
}
