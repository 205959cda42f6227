import { phases } from '@kexeckit/reboot';
import { strategies } from '@kexeckit/relocation';
import { ticks } from 'd3-array';
import { createMemo, createUniqueId, For, Index, type JSX, Show } from 'solid-js';
import { bytesText } from '../../shared/format.ts';
import { type PictureKind, saveSvg } from '../../shared/picture.ts';
import { type BarMark, longestRow, type TimelineRow } from '../timeline/model.ts';
import { timelineRow } from '../timeline/priced.ts';
import type { Scale } from '../timeline/Stack.tsx';
import { timelineSvg } from '../timeline/svg.ts';
import { TimelineBar } from '../timeline/TimelineBar.tsx';
import { TimelineHead } from '../timeline/TimelineHead.tsx';
import { estimatedTimeline } from './counts.ts';
import type { Load } from './load.ts';
import { PublishedTable } from './PublishedTable.tsx';
import type { PricesChoice } from './prices.ts';
import { marksOn, publishedOf } from './published.ts';
import { SizeSlider } from './SizeSlider.tsx';
import '../timeline/style.css';

/** The largest size that the sliders reach, in MiB: as on the desk. */
const MOST_MIB = 512;

const MIB = 2 ** 20;

const WITH_SKIPPED = `with ${phases.checksum.name}`;

/** What is compared, and what can be changed about it. */
export interface ComparisonState {
  readonly load: Load;
  readonly choices: readonly PricesChoice[];
  readonly choice: PricesChoice;
  readonly withSkipped: boolean;
  readonly setKernel: (mib: number) => void;
  readonly setInitrd: (mib: number) => void;
  readonly setChoice: (name: string) => void;
  readonly setWithSkipped: (isOn: boolean) => void;
}

/** All strategies at the prices of a machine, estimated at once from what each counts. */
export function Comparison(props: { readonly state: ComparisonState }): JSX.Element {
  const rows = createMemo(() =>
    strategies.map(({ name }) =>
      timelineRow(estimatedTimeline(name, props.state.load.size, props.state.choice.profile)),
    ),
  );
  const published = createMemo(() => publishedOf(props.state.choice.profile));
  const megabytes = (): number => props.state.load.size.kernelMib + props.state.load.size.initrdMib;
  const marks = createMemo(() => strategies.map(({ name }, at) => marksOn(name, rows()[at], published(), megabytes())));
  const save = (kind: PictureKind): void => {
    const { withSkipped, choice } = props.state;
    const title = `${bytesText(megabytes() * MIB)}, ${choice.profile?.machine ?? 'unknown machine'}`;
    const marksOf = (row: TimelineRow): readonly BarMark[] => marks()[rows().indexOf(row)] ?? [];
    void saveSvg('strategies', timelineSvg(rows(), { title, withSkipped, marksOf }), kind);
  };
  return (
    <>
      <section aria-labelledby="comparison-title" class="timeline comparison">
        <div class="section-head">
          <h2 id="comparison-title">
            Side by side <span class="quiet">{bytesText(megabytes() * MIB)}</span>
          </h2>
          <p class="save-as">
            <button type="button" class="save" aria-label="Save as SVG" onClick={() => save('svg')}>
              SVG
            </button>{' '}
            <button type="button" class="save" aria-label="Save as PNG" onClick={() => save('png')}>
              PNG
            </button>
          </p>
        </div>
        <Controls state={props.state} />
        <Bars rows={rows()} marks={marks()} withSkipped={props.state.withSkipped} />
        <For each={props.state.load.remarks}>{(remark) => <p class="note">{remark}</p>}</For>
        <p class="quiet note">{noteOf(props.state.choice, rows())}</p>
      </section>
      <PublishedTable rows={published()} megabytes={megabytes()} />
    </>
  );
}

/** What has to be known of the bars. */
function noteOf({ profile }: PricesChoice, rows: readonly TimelineRow[]): string {
  if (profile === undefined)
    return 'Unknown machine: nobody has measured what it takes, so there are no bars. Choose a machine, or put a profile on the desk.';
  const hasInterval = rows.some(({ cells }) => cells.some(({ low }) => low !== undefined));
  const hasGap = rows.some(({ total }) => total === undefined);
  return [
    'Seconds, estimated from what each strategy counts.',
    hasInterval
      ? 'A whisker is the interval of a phase.'
      : 'No whiskers: the published figures are too few for an interval.',
    ...(hasGap ? ['A question mark: the profile does not say.'] : []),
  ].join(' ');
}

function Controls(props: { readonly state: ComparisonState }): JSX.Element {
  const id = createUniqueId();
  return (
    <div class="comparison-controls">
      <SizeField
        label="Kernel"
        file={props.state.load.files.kernel}
        value={props.state.load.size.kernelMib}
        onChange={props.state.setKernel}
      />
      <SizeField
        label="Initramfs"
        file={props.state.load.files.initrd}
        value={props.state.load.size.initrdMib}
        onChange={props.state.setInitrd}
      />
      <div class="prices-choice">
        <label for={id}>Prices of</label>
        <select id={id} onChange={({ currentTarget }) => props.state.setChoice(currentTarget.value)}>
          <For each={props.state.choices}>
            {({ name, title }) => (
              <option value={name} selected={name === props.state.choice.name}>
                {title}
              </option>
            )}
          </For>
        </select>
      </div>
      <label class="toggle">
        <input
          type="checkbox"
          checked={props.state.withSkipped}
          onChange={({ currentTarget }) => props.state.setWithSkipped(currentTarget.checked)}
        />
        {WITH_SKIPPED} of a purgatory
      </label>
    </div>
  );
}

/** A slider, or the size of the file on the desk. */
function SizeField(props: {
  readonly label: string;
  readonly file: string | undefined;
  readonly value: number;
  readonly onChange: (mib: number) => void;
}): JSX.Element {
  return (
    <Show
      when={props.file}
      fallback={<SizeSlider label={props.label} value={props.value} most={MOST_MIB} onChange={props.onChange} />}
    >
      {(file) => (
        <p class="size-of-file">
          {props.label} {bytesText(props.value * MIB)} <span class="quiet">of {file()}, on the desk</span>
        </p>
      )}
    </Show>
  );
}

function Bars(props: {
  readonly rows: readonly TimelineRow[];
  /** Of each row. */
  readonly marks: readonly (readonly BarMark[])[];
  readonly withSkipped: boolean;
}): JSX.Element {
  const scale = createMemo((): Scale => {
    // Marks beyond the bars are reached as far as they are of the size that is shown.
    const marks = props.marks.flatMap((each) => each.flatMap(({ at, isSame }) => (isSame ? [at] : [])));
    const longest = Math.max(longestRow(props.rows, props.withSkipped), ...marks) * 1.02;
    return { at: (seconds) => (100 * seconds) / longest, ticks: ticks(0, longest, 5) };
  });
  const within = (marks: readonly BarMark[] = []): readonly BarMark[] =>
    marks.filter(({ at }) => scale().at(at) <= 100);
  return (
    <table>
      <TimelineHead scale={scale()} total={props.withSkipped ? WITH_SKIPPED : 'total'} />
      <tbody>
        <Index each={props.rows}>
          {(row, at) => (
            <TimelineBar
              row={row()}
              label={row().label}
              selected={false}
              scale={scale()}
              withSkipped={props.withSkipped}
              marks={within(props.marks[at])}
            />
          )}
        </Index>
      </tbody>
    </table>
  );
}
