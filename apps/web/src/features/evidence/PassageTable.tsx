import type { Passage, Stop } from '@kexeckit/evidence';
import { isTrouble, stopWords } from '@kexeckit/evidence';
import { type TimedPhase, timedPhases } from '@kexeckit/reboot';
import { createUniqueId, For, type JSX, Show } from 'solid-js';
import { basisText, timeText } from './model.ts';
import { cameWords } from './words.ts';

/** Each way from one kernel to the next, and where each boot stopped: all that is drawn, as text. */
export function PassageTable(props: {
  readonly passages: readonly Passage[];
  readonly stops: readonly Stop[];
  /** Of which log, where there are several. */
  readonly of: string | undefined;
  readonly onSelect: (line: number) => void;
}): JSX.Element {
  const id = createUniqueId();
  return (
    <section aria-labelledby={`${id}-title`} class="passages">
      <h2 id={`${id}-title`}>
        From kernel to kernel
        <Show when={props.of}>
          {(name) => (
            <span class="quiet">
              , <bdi>{name()}</bdi>
            </span>
          )}
        </Show>
      </h2>
      <Show
        when={props.passages.length > 0}
        fallback={<p class="quiet note">The log has no way from one kernel to another.</p>}
      >
        <table>
          <thead>
            <tr>
              <th scope="col">Boots</th>
              <For each={timedPhases}>{(phase) => <th scope="col">{phase}</th>}</For>
              <th scope="col">total</th>
            </tr>
          </thead>
          <tbody>
            <For each={props.passages}>{(passage) => <PassageRow passage={passage} onSelect={props.onSelect} />}</For>
          </tbody>
        </table>
        <p class="quiet note">Seconds. ≥ at least, ≤ at most, ≈ about; a dash: the log does not tell.</p>
      </Show>
      <ul class="stops">
        <For each={props.stops}>{(stop) => <StopItem stop={stop} onSelect={props.onSelect} />}</For>
      </ul>
    </section>
  );
}

function PassageRow(props: { readonly passage: Passage; readonly onSelect: (line: number) => void }): JSX.Element {
  return (
    <tr data-passage={`${props.passage.from ?? ''}-${props.passage.to ?? ''}`}>
      <th scope="row">
        {props.passage.from ?? '–'} → {props.passage.to ?? '?'}
        <span class="basis-words">{cameWords[props.passage.came]}</span>
      </th>
      <For each={props.passage.phases}>
        {(time) => <TimeCell name={time.phase} of={time.phase} time={time} onSelect={props.onSelect} />}
      </For>
      <TimeCell name="total" time={props.passage.total} onSelect={() => {}} />
    </tr>
  );
}

function TimeCell(props: {
  readonly name: string;
  /** Undefined for the whole. */
  readonly of?: TimedPhase;
  readonly time: Passage['total'];
  readonly onSelect: (line: number) => void;
}): JSX.Element {
  const line = (): number | undefined =>
    props.time.basis === 'measured' && props.of !== undefined ? props.time.lines[0] : undefined;
  return (
    <td data-phase={props.name}>
      <span class="cell-name quiet">{props.name} </span>
      <Show when={line()} fallback={<span class="value">{timeText(props.time)}</span>}>
        {(first) => (
          <button type="button" class="plain value" onClick={() => props.onSelect(first())}>
            {timeText(props.time)}
          </button>
        )}
      </Show>
      <Show when={props.of !== undefined || props.time.basis === 'measured'}>
        <span class="basis-words">{basisText(props.time, props.of)}</span>
      </Show>
    </td>
  );
}

function StopItem(props: { readonly stop: Stop; readonly onSelect: (line: number) => void }): JSX.Element {
  const line = () => props.stop.reason ?? props.stop.after;
  return (
    <li data-stop={props.stop.boot} classList={{ trouble: isTrouble(props.stop) }}>
      Boot {props.stop.boot}: {stopWords[props.stop.kind]}
      <Show when={props.stop.phase}>{(phase) => `, in ${phase()}`}</Show>.{' '}
      <Show when={props.stop.cpusOff > 0 && props.stop.kind !== 'handed-over'}>
        {props.stop.cpusOff} CPUs were taken down.{' '}
      </Show>
      <button type="button" class="plain" onClick={() => props.onSelect(line().number)}>
        line {line().number}
      </button>{' '}
      <code>{line().text}</code>
      <Show when={props.stop.fault}>
        {(fault) => (
          <span>
            {' '}
            {fault().access === 'fetch' ? 'An instruction was to be fetched from' : 'Something was read or written at'}{' '}
            <code>0x{fault().address}</code>:{' '}
            {
              {
                'not-mapped': 'its tables do not map it',
                'not-allowed': 'its tables do not allow that',
                other: 'for a reason that is not in its tables',
              }[fault().cause]
            }
            .
          </span>
        )}
      </Show>
    </li>
  );
}
