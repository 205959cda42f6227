import { createMemo, For, type JSX, Show } from 'solid-js';
import type { PlayerState } from './facts.ts';
import { changedRegisters, flagWords, registerUses, stateWords, wide } from './model.ts';

/** Registers, what they are for, and which have changed since what was shown before. */
export function Registers(props: {
  readonly state: PlayerState;
  readonly before: PlayerState | undefined;
}): JSX.Element {
  const changed = createMemo(() => changedRegisters(props.state.registers, props.before?.registers));
  const numbers = Array.from({ length: 31 }, (_, register) => register);
  return (
    <section class="registers" aria-labelledby="registers-title">
      <h2 id="registers-title">Registers</h2>
      <ul class="state-words">
        <For each={stateWords(props.state)}>{(words) => <li>{words}</li>}</For>
        <li>flags {flagWords(props.state.flags)}</li>
      </ul>
      <dl class="register-grid">
        <For each={numbers}>
          {(register) => (
            <div data-changed={changed().has(register)}>
              <dt>
                x{register} <Show when={registerUses.get(register)}>{(use) => <span class="quiet">{use()}</span>}</Show>
              </dt>
              <dd>
                <code>{wide(props.state.registers[register] ?? 0n)}</code>
                <Show when={changed().has(register)}>
                  <span class="visually-hidden"> changed</span>
                </Show>
              </dd>
            </div>
          )}
        </For>
        <For each={props.state.system}>
          {([name, value]) => (
            <div>
              <dt>{name}</dt>
              <dd>
                <code>{wide(value)}</code>
              </dd>
            </div>
          )}
        </For>
      </dl>
    </section>
  );
}
