import { timedPhases } from '@kexeckit/reboot';
import { createMemo, createUniqueId, For, Index, type JSX, onMount, Show } from 'solid-js';
import { count } from '../../shared/format.ts';
import { rove, setTabStop } from '../../shared/roving.ts';
import { lookOf } from '../timeline/model.ts';
import { Swatch } from '../timeline/Swatch.tsx';
import {
  BOOTS_SHOWN,
  basisText,
  type Lane,
  type LaneAxis,
  type LanePhase,
  laneAxes,
  markName,
  timeText,
} from './model.ts';
import type { LogGroup } from './svg.ts';

const clocks = {
  logger: 'The clock of whoever wrote the log: seconds since its first line that tells something.',
  printk: 'Each lane on its own kernel’s clock, in seconds.',
  none: 'The lines have no times: nothing can be placed.',
} as const;

const percent = (share: number): string => `${100 * share}%`;

/** A log whose boots are drawn. */
export interface DrawnLog extends LogGroup {
  /** The first boot that is drawn, from 0, and how many there are. */
  readonly from: number;
  readonly boots: number;
  /** The line that is chosen. */
  readonly selected: number | undefined;
  readonly onSelect: (line: number) => void;
  /** Looks at other boots. @param from the first, from 0. */
  readonly onTurn: (from: number) => void;
}

/** Boots as lanes, log by log, with their phases, and the lines that tell of them as marks. */
export function EvidenceFigure(props: {
  readonly logs: readonly DrawnLog[];
  readonly onSave: (kind: 'svg' | 'png', page: Element) => void;
}): JSX.Element {
  const id = createUniqueId();
  let section: HTMLElement | undefined;
  const axes = createMemo(() => laneAxes(props.logs.map(({ picture }) => picture)));
  const save = (kind: 'svg' | 'png'): void => section && props.onSave(kind, section);
  return (
    <section aria-labelledby={`${id}-title`} class="evidence-figure" ref={section}>
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
        <p class="evidence-save">
          <button type="button" class="save" aria-label="Save the picture as SVG" onClick={() => save('svg')}>
            SVG
          </button>{' '}
          <button type="button" class="save" aria-label="Save the picture as PNG" onClick={() => save('png')}>
            PNG
          </button>
        </p>
      </div>
      <Show when={props.logs.length > 1}>
        <p class="quiet">One axis for all logs: what is as wide took as long. Long silences are left out.</p>
      </Show>
      <Index each={props.logs}>
        {(log, at) => <Group log={log()} axes={axes()[at] ?? []} many={props.logs.length > 1} />}
      </Index>
    </section>
  );
}

/** One log. */
function Group(props: {
  readonly log: DrawnLog;
  readonly axes: readonly LaneAxis[];
  readonly many: boolean;
}): JSX.Element {
  return (
    <div class="log-group" data-log={props.log.name}>
      <Show when={props.many}>
        <h3>
          <bdi>{props.log.name}</bdi>
        </h3>
      </Show>
      <p class="quiet">{clocks[props.log.picture.clock]}</p>
      <Pager log={props.log} />
      <For each={props.log.picture.lanes}>
        {(lane, at) => (
          <Show when={props.axes[at()]}>
            {(axis) => (
              <BootLane
                lane={lane}
                axis={axis()}
                selected={props.log.selected}
                onSelect={(line) => props.log.onSelect(line)}
              />
            )}
          </Show>
        )}
      </For>
    </div>
  );
}

/** Which boots are looked at, where there are more, and ways to the others. */
function Pager(props: { readonly log: DrawnLog }): JSX.Element {
  const shown = (): number => props.log.picture.lanes.length;
  const last = (): number => Math.floor((props.log.boots - 1) / BOOTS_SHOWN) * BOOTS_SHOWN;
  const ways = (): readonly (readonly [string, number])[] => [
    ['First', 0],
    ['Previous', Math.max(0, props.log.from - BOOTS_SHOWN)],
    ['Next', Math.min(last(), props.log.from + BOOTS_SHOWN)],
    ['Last', last()],
  ];
  return (
    <Show when={props.log.boots > BOOTS_SHOWN}>
      <div class="boot-pager">
        <span role="status">
          Boots {count(props.log.from + 1)} to {count(props.log.from + shown())} of {count(props.log.boots)}
        </span>
        <For each={ways()}>
          {([name, from]) => (
            <button
              type="button"
              class="plain"
              aria-label={`${name} boots of ${props.log.name}`}
              disabled={from === props.log.from}
              onClick={() => props.log.onTurn(from)}
            >
              {name}
            </button>
          )}
        </For>
      </div>
    </Show>
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
        <Show when={props.lane.timeless > 0}>
          <span class="quiet">
            ; {count(props.lane.timeless)} {props.lane.timeless === 1 ? 'line that tells' : 'lines that tell'} something
            without a time
          </span>
        </Show>
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
