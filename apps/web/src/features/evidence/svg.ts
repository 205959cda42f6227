import { type TimedPhase, timedPhases } from '@kexeckit/reboot';
import { element, type Markup } from '../../shared/markup.ts';
import { basisText, type EvidencePicture, type Lane, type LaneAxis, laneAxes, markName, timeText } from './model.ts';

/** A log in a picture: what it is called, and what it says of its boots. */
export interface LogGroup {
  readonly name: string;
  readonly picture: EvidencePicture;
}

/** Colours by what they are for, as the page has them. */
export interface EvidenceTheme {
  readonly ground: string;
  readonly ink: string;
  readonly quiet: string;
  readonly line: string;
  readonly bad: string;
  readonly routine: string;
  /** One for each timed phase. */
  readonly phases: readonly string[];
}

const WIDTH = 1000;
const MARGIN = 20;
/** Room behind a lane for what is not known. */
const BEHIND = 100;
const HEAD = 62;
const GROUP = 30;
const LANE = 84;
const BAR = 20;
const SMALL = 11;
/** Characters of a name that there is room for. */
const NAME = 90;

/** What would turn or hide the text around it. */
const plain = (text: string): string => text.replaceAll(/[\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD');
const short = (text: string): string => (text.length <= NAME ? plain(text) : `${plain(text.slice(0, NAME))}…`);

type Attributes = Readonly<Record<string, string | number>>;

const words = (x: number, y: number, fill: string, text: string, more: Attributes = {}): Markup =>
  element('text', { x, y, fill, ...more }, text);

/** The boots of logs as a picture that stands alone: it has its own ground, colours and fonts, and no script. */
export function evidenceSvg(groups: readonly LogGroup[], theme: EvidenceTheme): string {
  const axes = laneAxes(groups.map(({ picture }) => picture));
  const parts: Markup[] = [];
  let y = HEAD;
  groups.forEach((group, at) => {
    parts.push(words(MARGIN, y + 18, theme.ink, short(group.name), { 'font-weight': 600, 'font-size': 15 }));
    y += GROUP;
    group.picture.lanes.forEach((lane, place) => {
      const axis = axes[at]?.[place];
      if (axis !== undefined) parts.push(element('g', { transform: `translate(0 ${y})` }, laneSvg(lane, axis, theme)));
      y += LANE;
    });
  });
  const size = { width: WIDTH, height: y + MARGIN, viewBox: `0 0 ${WIDTH} ${y + MARGIN}` };
  const look = { role: 'img', 'font-family': 'sans-serif', 'font-size': 13 };
  const title = `Boot by boot: ${groups.map(({ name }) => plain(name)).join(', ')}`;
  return element('svg', { xmlns: 'http://www.w3.org/2000/svg', ...size, ...look }, [
    element('title', {}, title),
    element('defs', {}, theme.phases.map(hatch)),
    element('rect', { ...{ width: WIDTH, height: y + MARGIN }, fill: theme.ground }),
    words(MARGIN, 28, theme.ink, 'Boot by boot', { 'font-size': 17, 'font-weight': 600 }),
    ...legend(theme),
    ...parts,
  ]).source;
}

const hatch = (colour: string, index: number): Markup =>
  element(
    'pattern',
    { id: `unknown-${index}`, width: 5, height: 5, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
    [element('rect', { width: 1.5, height: 5, fill: colour })],
  );

const colourOf = (theme: EvidenceTheme, phase: TimedPhase): string =>
  theme.phases[timedPhases.indexOf(phase)] ?? theme.quiet;

const legend = (theme: EvidenceTheme): Markup[] =>
  [...timedPhases, undefined].flatMap((phase, index) => {
    const x = MARGIN + 120 * index;
    const fill = phase === undefined ? 'url(#unknown-0)' : colourOf(theme, phase);
    return [
      element('rect', {
        ...{ x, y: 42, width: 12, height: 12 },
        fill,
        ...(phase === undefined && { stroke: theme.quiet }),
      }),
      words(x + 18, 53, theme.quiet, phase ?? 'not known'),
    ];
  });

function laneSvg(lane: Lane, { axis, share }: LaneAxis, theme: EvidenceTheme): Markup[] {
  const room = (WIDTH - 2 * MARGIN - BEHIND) * share;
  const at = (seconds: number): number => MARGIN + room * axis.at(seconds);
  const head = `boot ${lane.boot}, ${lane.came}, lines ${lane.first} to ${lane.last}: ${lane.stop.words}`;
  return [
    element('line', { ...{ x1: MARGIN, x2: WIDTH - MARGIN, y1: 0.5, y2: 0.5 }, stroke: theme.line }),
    words(MARGIN, 18, lane.stop.isTrouble ? theme.bad : theme.ink, head),
    ...ground(axis, room, theme),
    ...lane.phases.flatMap((phase) => phaseSvg(phase, at, theme)),
    ...lane.marks.map((mark) => {
      const [wide, colour] =
        mark.look === 'trouble' ? [4, theme.bad] : mark.look === 'crumbs' ? [4, theme.routine] : [2, theme.ink];
      const place = { x: at(mark.seconds) - wide / 2, y: 28, width: wide, height: 24 };
      return element('rect', { ...place, fill: colour, 'data-line': mark.line }, [
        element('title', {}, plain(markName(mark))),
      ]);
    }),
    ...unknownSvg(lane, at(lane.marks.at(-1)?.seconds ?? 0) + 12, theme),
  ];
}

function ground({ breaks, ticks }: LaneAxis['axis'], room: number, theme: EvidenceTheme): Markup[] {
  const middle = { 'text-anchor': 'middle', 'font-size': SMALL };
  return [
    element('line', { ...{ x1: MARGIN, x2: MARGIN + room, y1: 40, y2: 40 }, stroke: theme.line, 'stroke-width': 2 }),
    ...breaks.flatMap(({ at, width, from, to }) => [
      element('rect', { x: MARGIN + room * at, y: 36, width: room * width, height: 8, fill: theme.ground }),
      words(MARGIN + room * (at + width / 2), 44, theme.quiet, `${Math.round(to - from)} s`, middle),
    ]),
    ...ticks.flatMap(({ seconds, at }) => {
      const x = MARGIN + room * at;
      return [
        element('line', { ...{ x1: x, x2: x, y1: 54, y2: 60 }, stroke: theme.quiet }),
        words(x, 72, theme.quiet, String(Number(seconds.toFixed(6))), middle),
      ];
    }),
  ];
}

function phaseSvg(
  { phase, time, from }: Lane['phases'][number],
  at: (seconds: number) => number,
  theme: EvidenceTheme,
): Markup[] {
  if (from === undefined || time.basis === 'unknown') return [];
  const [x, end] = [at(from), at(from + time.seconds)];
  const place = { x, y: 30, width: Math.max(1.5, end - x), height: BAR };
  const told = `${phase} ${timeText(time)} s, ${basisText(time, phase)}`;
  const bar = element(
    'rect',
    { ...place, fill: colourOf(theme, phase), 'data-phase': phase, ...(time.bound === 'at-most' && { opacity: 0.55 }) },
    [element('title', {}, told)],
  );
  if (time.bound === 'at-least') {
    const before = { x: x - 8, y: 30, width: 8, height: BAR, fill: `url(#unknown-${timedPhases.indexOf(phase)})` };
    return [bar, element('rect', before)];
  }
  const ends =
    time.bound === 'at-most'
      ? [x, end]
      : [at(from + time.seconds - time.plusMinus), at(from + time.seconds + time.plusMinus)];
  const [low = x, high = end] = ends;
  if (time.bound !== 'at-most' && time.plusMinus < 0.001) return [bar];
  return [bar, element('path', { d: `M${low} 36v8M${high} 36v8M${low} 40H${high}`, stroke: theme.ink, fill: 'none' })];
}

const unknownSvg = ({ phases }: Lane, x: number, theme: EvidenceTheme): Markup[] =>
  phases
    .filter(({ from }) => from === undefined)
    .map(({ phase, time }, index) => {
      const look = { fill: `url(#unknown-${timedPhases.indexOf(phase)})`, stroke: colourOf(theme, phase) };
      return element('rect', { x: x + 25 * index, y: 30, width: 22, height: BAR, ...look }, [
        element('title', {}, `${phase}: ${basisText(time, phase)}`),
      ]);
    });
