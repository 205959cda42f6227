import { For, type JSX, Show } from 'solid-js';
import { bytesText, count } from '../../shared/format.ts';
import type { LiveFailure, LiveReport } from './events.ts';
import { type LiveState, verdictOf } from './model.ts';

/** How it went, and what shows it. */
export function Verdict(props: {
  readonly state: LiveState;
  readonly now: number;
  /** Shows what the console tells of times. */
  readonly onTimeline: () => void;
}): JSX.Element {
  const failure = (): LiveFailure | undefined => {
    const { end } = props.state;
    return end !== undefined && end.how !== 'arrived' ? end.error : undefined;
  };
  return (
    <section aria-labelledby="verdict-title" class="live-verdict" data-how={props.state.end?.how}>
      <h2 id="verdict-title" data-testid="verdict" role="status">
        {verdictOf(props.state)} <span class="quiet">{Math.max(0, props.now).toFixed(0)} s</span>
      </h2>
      <For each={props.state.notes}>{(note) => <p class="quiet">{note}</p>}</For>
      <Show when={failure()}>{(error) => <Failed error={error()} />}</Show>
      <Show when={props.state.report}>{(arrived) => <Evidence report={arrived()} />}</Show>
      <Show when={props.state.report?.nextKernel}>
        <button type="button" class="plain" onClick={props.onTimeline}>
          Timeline of its console
        </button>
      </Show>
    </section>
  );
}

function Failed(props: { readonly error: LiveFailure }): JSX.Element {
  return (
    <div class="failure">
      <p>
        <code>{props.error.code}</code> {props.error.message}
      </p>
      <Show when={props.error.hint}>{(hint) => <p class="hint">{hint()}</p>}</Show>
      <Show when={props.error.console.length > 0}>
        <pre>{props.error.console.join('\n')}</pre>
      </Show>
    </div>
  );
}

function Evidence(props: { readonly report: LiveReport }): JSX.Element {
  const bytes = (): number => props.report.destinations.reduce((sum, segment) => sum + segment.bytes, 0);
  const checked = (): number => props.report.proof.checks.reduce((sum, check) => sum + check.checked, 0);
  return (
    <dl class="live-evidence">
      <Show when={props.report.nextKernel}>
        {(next) => (
          <>
            <dt>Next kernel</dt>
            <dd>{next().version ?? 'it printed no version'}</dd>
            <dt>Seen on its console</dt>
            <dd>
              <code>{next().reached}</code>
            </dd>
          </>
        )}
      </Show>
      <dt>Jump</dt>
      <dd>
        to <code>{props.report.jump}</code>, registers and MMU as the boot protocol wants them
      </dd>
      <dt>Read back there</dt>
      <dd>
        {props.report.destinations.length} segments, {bytesText(bytes())}, every byte equal
        <details>
          <summary>SHA-256 of each</summary>
          <ul>
            <For each={props.report.destinations}>
              {({ segment, sha256 }) => (
                <li>
                  {segment} <code>{sha256}</code>
                </li>
              )}
            </For>
          </ul>
        </details>
      </dd>
      <dt>Proved before</dt>
      <dd>
        {props.report.proof.checks.length} invariants in {count(checked())} checks, no violation
      </dd>
      <Show when={props.report.breadcrumbs.trim()}>
        {(breadcrumbs) => (
          <>
            <dt>Breadcrumbs</dt>
            <dd>
              <code>{breadcrumbs()}</code>
            </dd>
          </>
        )}
      </Show>
    </dl>
  );
}
