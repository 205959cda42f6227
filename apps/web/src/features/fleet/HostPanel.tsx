import { For, type JSX, Show } from 'solid-js';
import { Columns } from '../../shared/Columns.tsx';
import type { HostGlance, RolloutPicture } from './picture.ts';
import type { HostStory } from './session.ts';
import { boundWords, glanceText, phaseMeanings, spanText, standingMeanings } from './words.ts';

/** All that is known of one host. */
export function HostPanel(props: {
  readonly picture: RolloutPicture;
  readonly host: HostGlance;
  readonly story: HostStory;
  readonly onClose: () => void;
}): JSX.Element {
  const story = (): HostStory => (props.story?.host === props.host.name ? props.story : undefined);
  return (
    <section aria-labelledby="host-title" class="fleet-panel">
      <div class="section-head">
        <h2 id="host-title">
          {props.host.name} <span class="quiet">{props.host.wave}</span>
        </h2>
        <button type="button" class="save" onClick={() => props.onClose()}>
          Close
        </button>
      </div>
      <p>
        {glanceText({ ...props.host, trouble: undefined }, props.picture)}:{' '}
        <span class="quiet">{standingMeanings[props.host.standing]}</span>
      </p>
      <Show when={props.host.trouble}>
        {(trouble) => (
          <div class="fleet-trouble">
            <p>
              <code>{trouble().code}</code> {trouble().what}
            </p>
            <p class="quiet">{trouble().hint}</p>
          </div>
        )}
      </Show>
      <Show when={story()}>{(known) => <Story story={known()} />}</Show>
    </section>
  );
}

function Story(props: { readonly story: NonNullable<HostStory> }): JSX.Element {
  const facts = (): readonly (readonly [string, string])[] => {
    const { attempt, kernelAfter, bootBefore, bootAfter, downtimeMs } = props.story;
    const known = (name: string, value: string | undefined): (readonly [string, string])[] =>
      value === undefined ? [] : [[name, value]];
    return [
      ...(attempt > 1 ? known('attempt', String(attempt)) : []),
      ...known('away for', downtimeMs === undefined ? undefined : spanText(downtimeMs)),
      ...known('kernel afterwards', kernelAfter),
      ...known('boot id before', bootBefore),
      ...known('boot id after', bootAfter),
    ];
  };
  return (
    <>
      <Show when={props.story.times.length > 0}>
        <table class="fleet-times">
          <Columns of={[{ title: 'phase' }, { title: 'took', look: 'number' }]} />
          <tbody>
            <For each={props.story.times}>
              {({ phase, start, end }) => (
                <tr>
                  <th scope="row">
                    <abbr title={phaseMeanings[phase]}>{phase}</abbr>
                  </th>
                  <td class="number">{spanText(end - start)}</td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </Show>
      <dl class="fleet-facts">
        <For each={[...facts(), ...evidenceOf(props.story)]}>
          {([name, value]) => (
            <div>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          )}
        </For>
      </dl>
      <Show when={props.story.console?.length}>
        <h3>Last lines of its console</h3>
        <pre class="fleet-console">{props.story.console?.join('\n')}</pre>
      </Show>
    </>
  );
}

const evidenceOf = ({ evidence }: NonNullable<HostStory>): (readonly [string, string])[] =>
  Object.entries(evidence ?? {}).map(([phase, { ms, bound }]) => [
    `${phase}, by its log`,
    `${boundWords[bound]}${spanText(ms)}`,
  ]);
