import type { PredictedRegion, Range } from '@kexeckit/ioport';
import { createUniqueId, For, type JSX, Show } from 'solid-js';
import { bytesText, hex, rangeText } from '../../shared/format.ts';
import { percentIn, placeIn } from '../../shared/place.ts';
import { coreOf, landingLines, reachOf } from './landing.ts';
import type { Answer, BarView, KernelReading, MachineFacts, Parameter, Standing } from './model.ts';

const NAMES: Readonly<Record<Parameter, string>> = { crashkernel: 'Crash kernel', kexeckernel: 'Kexec kernel' };

/** A region that is to land, as the map draws it. */
interface Region extends PredictedRegion {
  readonly parameter: Parameter;
}

/** The machine's memory, a bar for each bank, with the regions where the next boot puts them. */
export function RegionMap(props: {
  readonly machine: string;
  /** The log that narrows places, where there is one. */
  readonly log: string | undefined;
  readonly facts: MachineFacts | undefined;
  readonly answer: Answer | undefined;
  readonly isStale: boolean;
}): JSX.Element {
  const id = createUniqueId();
  const readings = (): readonly KernelReading[] => {
    const { answer } = props;
    return answer?.kernels.find(({ kernel }) => kernel === answer.question.kernel)?.readings ?? [];
  };
  const regions = (): Region[] =>
    readings().flatMap(({ parameter, landing }) =>
      (landing?.regions ?? []).map((region) => ({ ...region, parameter })),
    );
  const bar = (view: BarView, label: string): JSX.Element => (
    <Bar view={view} label={label} regions={regions()} standing={props.facts?.standing ?? []} />
  );
  return (
    <section aria-labelledby={id} classList={{ stale: props.isStale }}>
      <div class="section-head">
        <h2 id={id}>
          Where it lands <span class="quiet">{props.machine}</span>
        </h2>
        <p class="quiet">
          <Show when={props.log} fallback="A kernel log of this machine on the desk narrows the place.">
            {(log) => `Narrowed by the log ${log()}.`}
          </Show>
        </p>
      </div>
      <div class="landings">
        <Show when={props.answer?.unknown}>{(unknown) => <p class="unknown">Not known: {unknown()}.</p>}</Show>
        <For each={readings()}>{(reading) => <LandingText reading={reading} />}</For>
        <For each={props.facts?.standing}>
          {(region) => (
            <p class="quiet">
              {NAMES[region.parameter]} of the map as it is: <code>{rangeText(region)}</code>
            </p>
          )}
        </For>
      </div>
      <Show when={props.answer?.zoom}>{(view) => bar(view(), 'Around it')}</Show>
      <For each={props.facts?.banks}>{(view, at) => bar(view, `Bank ${at() + 1}`)}</For>
      <Legend />
    </section>
  );
}

function LandingText(props: { readonly reading: KernelReading }): JSX.Element {
  return (
    <Show when={props.reading.landing}>
      {(landing) => (
        <div data-landing={props.reading.parameter}>
          <For each={landingLines(landing())}>
            {({ size, verb, place }) => (
              <p>
                <strong>{NAMES[props.reading.parameter]}</strong> {size} {verb} <code>{place}</code>
              </p>
            )}
          </For>
          <p class="quiet">{landing().reason}</p>
          <Show when={landing().refusal}>{(refusal) => <p class="why-not">{refusal().hint}</p>}</Show>
        </div>
      )}
    </Show>
  );
}

/** One row: what lies where in a window of addresses. */
function Bar(props: {
  readonly view: BarView;
  readonly label: string;
  readonly regions: readonly Region[];
  readonly standing: readonly Standing[];
}): JSX.Element {
  const window = (): Range => props.view.window;
  const inside = <R extends Range>(ranges: readonly R[]): R[] =>
    ranges.filter((range) => placeIn(window(), range) !== undefined);
  const here = (): Region[] => props.regions.filter((region) => placeIn(window(), reachOf(region)) !== undefined);
  const label = (): string => {
    const lands = here().map((region) => `${NAMES[region.parameter]} within ${rangeText(reachOf(region))}`);
    return [`${props.label}, ${rangeText(window())}`, ...lands].join('; ');
  };
  const pieces = (ranges: readonly Range[], kind: string): JSX.Element => (
    <For each={ranges}>{(range) => <div class={`piece-${kind}`} style={percentIn(window(), range)} />}</For>
  );
  return (
    <div class="region-row">
      <div class="region-label">
        <strong>{props.label}</strong> <span class="quiet">{bytesText(Number(props.view.bytes))}</span>
      </div>
      <div>
        <div class="region-bar" role="img" aria-label={label()}>
          {pieces(props.view.ram, 'ram')}
          {pieces(props.view.taken, 'taken')}
          {pieces(props.view.kernel, 'kernel')}
          {pieces(inside(props.standing), 'standing')}
          <For each={here()}>
            {(region) => (
              <div
                class="region-reach"
                data-region={region.parameter}
                data-kind={region.kind}
                title={`${NAMES[region.parameter]} ${rangeText(reachOf(region))}`}
                style={percentIn(window(), reachOf(region))}
              />
            )}
          </For>
          <For each={here()}>
            {(region) => (
              <Show when={coreOf(region)}>
                {(core) => (
                  <div class="region-core" data-region={region.parameter} style={percentIn(window(), core())} />
                )}
              </Show>
            )}
          </For>
        </div>
        <p class="ends">
          <span>{hex(window().start)}</span>
          <span>{hex(window().end)}</span>
        </p>
      </div>
    </div>
  );
}

const LOOKS: readonly (readonly [look: string, meaning: string])[] = [
  ['piece-ram', 'System RAM'],
  ['piece-taken', 'reserved by now'],
  ['piece-kernel', 'running kernel'],
  ['region-core', 'the region'],
  ['region-reach', 'where it may be'],
  ['piece-standing', 'as the map has it'],
];

function Legend(): JSX.Element {
  return (
    <ul class="region-legend">
      <For each={LOOKS}>
        {([look, meaning]) => (
          <li>
            <span class={`swatch ${look}`} /> {meaning}
          </li>
        )}
      </For>
    </ul>
  );
}
