import type { DescriptorField } from '@kexeckit/arm64-pgtable';
import { createSignal, For, type JSX, Show } from 'solid-js';
import { hex } from '../../shared/format.ts';
import { bitGroups, bitsOfField } from './rows.ts';

/** A value of 64 bits, drawn field by field, and below it what each field means. */
export function Bits(props: { readonly value: bigint; readonly fields: readonly DescriptorField[] }): JSX.Element {
  const [pointed, setPointed] = createSignal<string>();
  return (
    <div class="bits">
      <div class="bits-row" aria-hidden="true">
        <For each={props.fields}>
          {(field) => (
            <span
              class="bits-field"
              data-pointed={pointed() === field.bits}
              data-set={field.value !== 0n}
              style={{ 'flex-grow': bitsOfField(field.bits) }}
              onPointerEnter={() => setPointed(field.bits)}
              onPointerLeave={() => setPointed(undefined)}
            >
              <small>{field.bits}</small>
              <code>{bitGroups(field.value, bitsOfField(field.bits))}</code>
              <small>{field.name}</small>
            </span>
          )}
        </For>
      </div>
      <table class="bits-table">
        <thead>
          <tr>
            <th scope="col">Bits</th>
            <th scope="col">Field</th>
            <th scope="col">Value</th>
            <th scope="col">Meaning</th>
          </tr>
        </thead>
        <tbody>
          <For each={props.fields}>
            {(field) => (
              <tr
                data-field={field.name}
                data-pointed={pointed() === field.bits}
                onPointerEnter={() => setPointed(field.bits)}
                onPointerLeave={() => setPointed(undefined)}
              >
                <td>
                  <code>{field.bits}</code>
                </td>
                <th scope="row">{field.name}</th>
                <td>
                  <code>{hex(field.value)}</code>
                </td>
                <td>
                  <Show when={field.name !== 'IGNORED' && field.name !== 'RES0'} fallback={<Quiet field={field} />}>
                    {field.meaning}
                  </Show>
                </td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </div>
  );
}

const Quiet = (props: { readonly field: DescriptorField }): JSX.Element => (
  <span class="quiet">{props.field.meaning}</span>
);
