import { createUniqueId, For, type JSX, Show } from 'solid-js';
import type { LogFit } from './compute.ts';

/** What the log tells of the prices of its machine, to be used as a profile. */
export function FitPanel(props: { readonly fit: LogFit; readonly onUse: (profile: string) => void }): JSX.Element {
  const id = createUniqueId();
  return (
    <section aria-labelledby={`${id}-title`} class="fit">
      <div class="section-head">
        <h2 id={`${id}-title`}>
          {props.fit.logs === 1 ? 'What this machine takes' : 'What one machine takes, by all logs'}{' '}
          <span class="quiet">
            {props.fit.rows} {props.fit.rows === 1 ? 'row' : 'rows'}
            {props.fit.logs > 1 ? ` of ${props.fit.logs} logs` : ''}
          </span>
        </h2>
        <Show when={props.fit.profile}>
          {(profile) => (
            <button type="button" class="save" onClick={() => props.onUse(profile())}>
              Use as profile
            </button>
          )}
        </Show>
      </div>
      <Show when={props.fit.prices.length > 0}>
        <table>
          <thead>
            <tr>
              <th scope="col">For</th>
              <th scope="col" class="number">
                Seconds
              </th>
              <th scope="col">Between</th>
            </tr>
          </thead>
          <tbody>
            <For each={props.fit.prices}>
              {({ of, seconds, between }) => (
                <tr>
                  <th scope="row">{of}</th>
                  <td class="number">{seconds === 0 ? '0' : seconds.toPrecision(4)}</td>
                  <td>{between}</td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </Show>
      <ul class="fit-notes">
        <For each={props.fit.notes}>{(note) => <li>{note}</li>}</For>
      </ul>
      <Show when={props.fit.missing.length > 0}>
        <p class="quiet note">Not known yet: {props.fit.missing.join(', ')}.</p>
      </Show>
    </section>
  );
}
