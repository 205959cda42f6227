import { timedPhases } from '@kexeckit/reboot';
import { createMemo, createUniqueId, For, type JSX, onMount, Show } from 'solid-js';
import { rove, setTabStop } from '../../shared/roving.ts';
import { lookOf } from '../timeline/model.ts';
import { Swatch } from '../timeline/Swatch.tsx';
import {
  basisText,
  type EvidencePicture,
  type Lane,
  type LaneAxis,
  type LaneMark,
  type LanePhase,
  laneAxes,
  timeText,
} from './model.ts';

const clocks = {
  logger: 'One axis: the clock of whoever wrote the log. Seconds since the first line.',
  printk: 'Each lane on its own kernel’s clock, to the same scale. Seconds.',
  none: 'The lines have no times: nothing can be placed.',
} as const;

const percent = (share: number): string => `${100 * share}%`;

/** Boots as lanes, with their phases, and the lines that tell of them as marks. */
export function EvidenceFigure(props: {
  readonly picture: EvidencePicture;
  readonly selected: number | undefined;
  readonly onSelect: (line: number) => void;
}): JSX.Element {
  const id = createUniqueId();
  const axes = createMemo(() => laneAxes(props.picture));
  return (
    <section aria-labelledby={`${id}-title`} class="evidence-figure">
      <div class="section-head">
        <h2 id={`${id}-title`}>Boot by boot</h2>
        <ul class="evidence-legend" aria-label="Colours">
          <For each={timedPhases}>
            {(phase) => (
              <li>
                <Swatch phase={phase} isPlain /> {phase}
              </li>
            )}
          </For>
          <li>
            <span class="swatch phase-swatch unknown-swatch" aria-hidden="true" /> not known
          </li>
        </ul>
      </div>
      <p class="quiet">{clocks[props.picture.clock]}</p>
      <For each={props.picture.lanes}>
        {(lane, at) => (
          <Show when={axes()[at()]}>
            {(axis) => <BootLane lane={lane} axis={axis()} selected={props.selected} onSelect={props.onSelect} />}
          </Show>
        )}
      </For>
      <Show when={props.picture.leftOut > 0}>
        <p class="note">
          {props.picture.leftOut} more boots are not drawn: the first {props.picture.lanes.length} are.
        </p>
      </Show>
    </section>
  );
}

function BootLane(props: {
  readonly lane: Lane;
  readonly axis: LaneAxis;
  readonly selected: number | undefined;
  readonly onSelect: (line: number) => void;
}): JSX.Element {
  const unknown = (): readonly LanePhase[] => props.lane.phases.filter(({ from }) => from === undefined);
  const at = (seconds: number): string => percent(props.axis.axis.at(seconds));
  return (
    <div class="boot-lane" data-boot={props.lane.boot}>
      <p class="lane-head">
        <strong>boot {props.lane.boot}</strong>{' '}
        <span class="quiet">
          {props.lane.came}, lines {props.lane.first} to {props.lane.last}
        </span>{' '}
        <span class="lane-stop" classList={{ trouble: props.lane.stop.isTrouble }}>
          {props.lane.stop.words}
        </span>
      </p>
      <div class="lane-row">
        <div class="lane-track" style={{ width: `calc((100% - 90px) * ${props.axis.share})` }}>
          <Ground lane={props.lane} axis={props.axis} />
          <For each={props.lane.phases}>{(phase) => <Measured phase={phase} axis={props.axis} at={at} />}</For>
          <Marks lane={props.lane} at={at} selected={props.selected} onSelect={props.onSelect} />
          <div class="lane-unknown" style={{ left: `calc(${at(props.lane.marks.at(-1)?.seconds ?? 0)} + 10px)` }}>
            <For each={unknown()}>
              {({ phase, time }) => (
                <span
                  class="unknown-phase"
                  style={{ '--phase': lookOf(phase).colour }}
                  title={`${phase}: ${basisText(time, phase)}`}
                />
              )}
            </For>
          </div>
        </div>
      </div>
    </div>
  );
}

/** The lane's clock: ticks, and what was left out. */
function Ground(props: { readonly lane: Lane; readonly axis: LaneAxis }): JSX.Element {
  const ends = (): readonly [number, number] => {
    const { at } = props.axis.axis;
    const seconds = props.lane.marks.map((mark) => mark.seconds);
    return seconds.length === 0 ? [0, 0] : [at(Math.min(...seconds)), at(Math.max(...seconds))];
  };
  return (
    <div class="lane-ground" aria-hidden="true">
      <span class="lane-life" style={{ left: percent(ends()[0]), width: percent(ends()[1] - ends()[0]) }} />
      <For each={props.axis.axis.breaks}>
        {({ at, width, from, to }) => (
          <span class="lane-break" style={{ left: percent(at), width: percent(width) }}>
            {Math.round(to - from)} s
          </span>
        )}
      </For>
      <For each={props.axis.axis.ticks}>
        {({ seconds, at }) => (
          <span class="lane-tick" style={{ left: percent(at) }}>
            {Number(seconds.toFixed(6))}
          </span>
        )}
      </For>
    </div>
  );
}

/** A phase that was measured; what it may be longer by is hatched, or between whiskers. */
function Measured(props: {
  readonly phase: LanePhase;
  readonly axis: LaneAxis;
  readonly at: (seconds: number) => string;
}): JSX.Element {
  const span = () => {
    const { from, time } = props.phase;
    return from === undefined || time.basis === 'unknown' ? undefined : { from, to: from + time.seconds, time };
  };
  const width = (from: number, to: number): string => percent(props.axis.axis.at(to) - props.axis.axis.at(from));
  return (
    <Show when={span()}>
      {(given) => (
        <>
          <span
            class="lane-phase"
            data-phase={props.phase.phase}
            data-bound={given().time.bound}
            style={{
              '--phase': lookOf(props.phase.phase).colour,
              left: props.at(given().from),
              width: width(given().from, given().to),
            }}
            title={`${props.phase.phase} ${timeText(given().time)} s, ${basisText(given().time, props.phase.phase)}`}
          />
          <Show when={given().time.bound === 'at-most'}>
            <span class="whisker" style={{ left: props.at(given().from), width: width(given().from, given().to) }} />
          </Show>
          <Show when={given().time.bound !== 'at-most' && given().time.plusMinus >= 0.001}>
            <span
              class="whisker"
              style={{
                left: props.at(given().to - given().time.plusMinus),
                width: width(given().to - given().time.plusMinus, given().to + given().time.plusMinus),
              }}
            />
          </Show>
        </>
      )}
    </Show>
  );
}

/** The lines that tell something: the arrow keys go from one to the next. */
function Marks(props: {
  readonly lane: Lane;
  readonly at: (seconds: number) => string;
  readonly selected: number | undefined;
  readonly onSelect: (line: number) => void;
}): JSX.Element {
  let list: HTMLUListElement | undefined;
  const buttons = (): HTMLElement[] => [...(list?.querySelectorAll('button') ?? [])];
  onMount(() => setTabStop(buttons(), 0));
  return (
    <ul class="lane-marks" aria-label={`Lines of boot ${props.lane.boot}`} ref={list}>
      <For each={props.lane.marks}>
        {(mark) => (
          <li>
            <button
              type="button"
              class="lane-mark"
              data-look={mark.look}
              data-line={mark.line}
              aria-pressed={props.selected === mark.line}
              aria-label={markName(mark)}
              title={markName(mark)}
              style={{ left: props.at(mark.seconds) }}
              onClick={() => props.onSelect(mark.line)}
              onKeyDown={(event) => rove(event, buttons())}
            />
          </li>
        )}
      </For>
    </ul>
  );
}

const markName = ({ meaning, line, seconds, text }: LaneMark): string =>
  `${meaning}: line ${line}, ${seconds.toFixed(6)} s: ${text}`;
