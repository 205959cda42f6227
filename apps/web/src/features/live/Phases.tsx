import { Index, type JSX, Show } from 'solid-js';
import type { PhaseLine, Standing } from './model.ts';

const WORDS: Readonly<Record<Standing, string>> = {
  waits: 'to come',
  lasts: 'now',
  done: 'done',
  skipped: 'skipped',
  failed: 'failed here',
};

/** Every phase, as it happens. */
export function Phases(props: { readonly lines: readonly PhaseLine[] }): JSX.Element {
  return (
    <section aria-labelledby="phases-title" class="live-phases">
      <div class="section-head">
        <h2 id="phases-title">Phases</h2>
        <p class="quiet">
          Seconds of this host's clock. The machine is emulated in software: hardware takes other times.
        </p>
      </div>
      <table>
        <thead>
          <tr>
            <th scope="col">Phase</th>
            <th scope="col">
              <span class="visually-hidden">When</span>
            </th>
            <th scope="col" class="number">
              Seconds
            </th>
          </tr>
        </thead>
        <tbody>
          <Index each={props.lines}>{(line) => <PhaseRow line={line()} />}</Index>
        </tbody>
      </table>
    </section>
  );
}

function PhaseRow(props: { readonly line: PhaseLine }): JSX.Element {
  return (
    <tr data-phase={props.line.phase} data-standing={props.line.standing} data-turn={props.line.isFirstOfNoReturn}>
      <th scope="row">
        <abbr title={props.line.meaning}>{props.line.phase}</abbr>
        <Show when={props.line.isFirstOfNoReturn}>
          <span class="visually-hidden"> (from here on there is no return)</span>
        </Show>
      </th>
      <td>
        <div class="live-track">
          <Index each={props.line.bars}>
            {(bar) => (
              <span
                class="live-bar"
                style={{ left: `${100 * bar().from}%`, width: `${100 * (bar().to - bar().from)}%` }}
              />
            )}
          </Index>
        </div>
        <span class="live-standing quiet">
          {WORDS[props.line.standing]}
          <Show when={props.line.remark}>{(remark) => <>: {remark()}</>}</Show>
        </span>
      </td>
      <td class="number">{props.line.seconds?.toFixed(1) ?? ''}</td>
    </tr>
  );
}
