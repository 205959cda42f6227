import { createUniqueId, For, type JSX, Show } from 'solid-js';
import { type Column, Columns } from '../../shared/Columns.tsx';
import { count } from '../../shared/format.ts';
import { countText, LINES, type MmuCosts, type MmuState, mmuWords, shortTime, slowdown, tripsOf } from './model.ts';
import './style.css';

const STATES = ['off', 'on'] as const;

/** Why the MMU being off is slow: how one page gets from the old place to the new one, at the prices of a machine. */
export function MmuPicture(props: {
  readonly costs: MmuCosts | undefined;
  readonly state: MmuState;
  readonly onChange: (state: MmuState) => void;
}): JSX.Element {
  const id = createUniqueId();
  return (
    <section aria-labelledby={`${id}-title`} class="mmu">
      <div class="section-head">
        <h2 id={`${id}-title`}>Why the MMU being off is slow</h2>
        <fieldset class="mmu-toggle">
          <legend class="visually-hidden">MMU</legend>
          <For each={STATES}>
            {(state) => (
              <label>
                <input
                  type="radio"
                  name={id}
                  value={state}
                  checked={props.state === state}
                  onChange={() => props.onChange(state)}
                />
                MMU {state}
              </label>
            )}
          </For>
        </fieldset>
      </div>
      <Show
        when={props.costs}
        fallback={<p class="quiet note">The prices of this machine are not known: choose another above.</p>}
      >
        {(costs) => <Both costs={costs()} state={props.state} />}
      </Show>
    </section>
  );
}

function Both(props: { readonly costs: MmuCosts; readonly state: MmuState }): JSX.Element {
  return (
    <div class="mmu-both">
      <Picture costs={props.costs} state={props.state} />
      <div>
        <Words state={props.state} />
        <Parts costs={props.costs} state={props.state} />
        <p class="quiet note">
          Counts: our routine on the strict machine, for a page of 4 KiB that is copied. Prices: {props.costs.machine}.
        </p>
      </div>
    </div>
  );
}

/** In few words, what is seen. */
function Words(props: { readonly state: MmuState }): JSX.Element {
  return (
    <p class="mmu-words">
      <Show
        when={props.state === 'off'}
        fallback={
          <>
            With the MMU on, memory is{' '}
            <abbr title="Normal memory, write-back cacheable: the cache may hold it, gather accesses and fetch ahead">
              Normal
            </abbr>
            : the cache takes each load and store. Only whole lines go to memory, and one clean for each puts them where
            the next kernel, with its MMU off, will look.
          </>
        }
      >
        With the MMU off, all data is{' '}
        <abbr title="Device-nGnRnE: no gathering, no reordering, no early write acknowledgement (Arm ARM, stage 1 disabled)">
          Device memory
        </abbr>
        : no cache, and each load and store is a way to memory of its own.
      </Show>
    </p>
  );
}

const WIDTH = 360;
const LEFT = 8;
const BOX = 72;
const BOX_TOP = 20;
const BOX_HEIGHT = 118;
const CACHE_LEFT = 132;
const MEMORY_LEFT = WIDTH - LEFT - BOX;
const CELL = (WIDTH - 2 * LEFT) / LINES;
const CELLS_TOP = 190;
const BARS_TOP = 246;
const HEIGHT = 314;

function Picture(props: { readonly costs: MmuCosts; readonly state: MmuState }): JSX.Element {
  const slow = (): number => slowdown(props.costs);
  const perLine = (): string => `${(slow() * props.costs[props.state].seconds) / LINES}s`;
  return (
    <svg
      class="mmu-picture"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={mmuWords(props.state, props.costs)}
      data-state={props.state}
    >
      <text x={LEFT} y={12} class="mmu-quiet">
        one line of 64 bytes
      </text>
      <Box x={LEFT} name="CPU" />
      <Box x={CACHE_LEFT} name="cache" isOff={props.state === 'off'} />
      <Box x={MEMORY_LEFT} name="memory" />
      <Trips costs={props.costs} state={props.state} />
      <text x={LEFT} y={CELLS_TOP - 8} class="mmu-quiet">
        the page, line by line: {count(slow())} times slower
      </text>
      {/* Another state, or other prices, begins the page anew. */}
      <Show when={`${props.state} ${perLine()}`} keyed>
        <g style={{ '--per-line': perLine() }}>
          <For each={Array.from({ length: LINES }, (_, line) => line)}>
            {(line) => (
              <>
                <rect class="mmu-cell" x={LEFT + CELL * line} y={CELLS_TOP} width={CELL - 1} height={16} />
                <rect
                  class="mmu-cell landed"
                  style={{ '--line': line }}
                  x={LEFT + CELL * line}
                  y={CELLS_TOP}
                  width={CELL - 1}
                  height={16}
                />
              </>
            )}
          </For>
        </g>
      </Show>
      <text x={LEFT} y={BARS_TOP - 8} class="mmu-quiet">
        time for a page
      </text>
      <For each={STATES}>
        {(state, at) => <TimeBar state={state} at={at()} costs={props.costs} isChosen={state === props.state} />}
      </For>
    </svg>
  );
}

function Box(props: { readonly x: number; readonly name: string; readonly isOff?: boolean }): JSX.Element {
  return (
    <g classList={{ 'is-off': props.isOff === true }}>
      <rect class="mmu-box" x={props.x} y={BOX_TOP} width={BOX} height={BOX_HEIGHT} rx="6" />
      <text x={props.x + BOX / 2} y={BOX_TOP + BOX_HEIGHT - 10} text-anchor="middle">
        {props.name}
      </text>
    </g>
  );
}

/** What goes to memory and comes from there for one line. */
function Trips(props: { readonly costs: MmuCosts; readonly state: MmuState }): JSX.Element {
  const trips = (): ReturnType<typeof tripsOf> => tripsOf(props.state);
  const from = (): number => (props.state === 'off' ? LEFT : CACHE_LEFT) + BOX + 3;
  const each = (): string => shortTime(props.costs[props.state].parts[0]?.each ?? 0);
  const step = (): number => (props.state === 'off' ? 9 : 24);
  return (
    <>
      <Show when={props.state === 'on'}>
        <Arrow from={LEFT + BOX + 3} to={CACHE_LEFT - 3} y={BOX_TOP + 18} />
        <Arrow from={CACHE_LEFT - 3} to={LEFT + BOX + 3} y={BOX_TOP + 42} />
      </Show>
      <For each={Array.from({ length: trips().count }, (_, at) => at)}>
        {(at) => {
          const isIn = at < trips().count / 2;
          const y = (): number => BOX_TOP + (props.state === 'off' ? 10 : 18) + step() * at;
          return isIn ? (
            <Arrow from={MEMORY_LEFT - 3} to={from()} y={y()} isWide={props.state === 'on'} />
          ) : (
            <Arrow from={from()} to={MEMORY_LEFT - 3} y={y()} isWide={props.state === 'on'} />
          );
        }}
      </For>
      <text x={WIDTH - LEFT} y={BOX_TOP + BOX_HEIGHT + 16} text-anchor="end">
        {trips().count} × {trips().bytes} bytes, {each()} each
      </text>
    </>
  );
}

function Arrow(props: {
  readonly from: number;
  readonly to: number;
  readonly y: number;
  readonly isWide?: boolean;
}): JSX.Element {
  const back = (): number => (props.to > props.from ? -5 : 5);
  return (
    <path
      class="mmu-arrow"
      classList={{ wide: props.isWide === true }}
      d={`M${props.from} ${props.y}H${props.to}m${back()} -3l${-back()} 3l${back()} 3`}
    />
  );
}

function TimeBar(props: {
  readonly state: MmuState;
  readonly at: number;
  readonly costs: MmuCosts;
  readonly isChosen: boolean;
}): JSX.Element {
  const room = WIDTH - 2 * LEFT - 92;
  const longest = (): number => Math.max(props.costs.off.seconds, props.costs.on.seconds);
  const y = (): number => BARS_TOP + 34 * props.at;
  const width = (): number => Math.max(1, (room * props.costs[props.state].seconds) / longest());
  return (
    <g classList={{ 'mmu-other': !props.isChosen }} data-way={props.state}>
      <text x={LEFT} y={y() + 18}>
        {props.state}
      </text>
      <rect class={`mmu-time ${props.state}`} x={LEFT + 30} y={y() + 3} width={width()} height={22} />
      <text x={LEFT + 30 + width() + 6} y={y() + 18}>
        {shortTime(props.costs[props.state].seconds)}
      </text>
    </g>
  );
}

const columns: readonly Column[] = [
  { title: 'For a page' },
  { title: 'count', look: 'number' },
  { title: 'each', look: 'number' },
  { title: 'together', look: 'number' },
];

/** Where each number comes from. */
function Parts(props: { readonly costs: MmuCosts; readonly state: MmuState }): JSX.Element {
  return (
    <table class="mmu-parts">
      <Columns of={columns} />
      <tbody>
        <For each={props.costs[props.state].parts}>
          {(part) => (
            <tr data-price={part.price}>
              <th scope="row">
                {part.of} <span class="quiet">{part.basis}</span>
              </th>
              <td class="number">{countText(part.count)}</td>
              <td class="number">{shortTime(part.each)}</td>
              <td class="number">{shortTime(part.seconds)}</td>
            </tr>
          )}
        </For>
        <tr class="mmu-sum">
          <th scope="row" colSpan={3}>
            a page, MMU {props.state}
          </th>
          <td class="number">{shortTime(props.costs[props.state].seconds)}</td>
        </tr>
      </tbody>
    </table>
  );
}
