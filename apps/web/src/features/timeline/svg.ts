import { timedPhases } from '@kexeckit/reboot';
import { ticks } from 'd3-array';
import { element, type Markup } from '../../shared/markup.ts';
import { type BarMark, type BarPiece, barOf, longestRow, type TimelineRow, totalText } from './model.ts';

/** What a picture of rows can have besides them. */
export interface TimelineSvgOptions {
  readonly title?: string;
  /** Whether what was skipped takes its place in the bars. */
  readonly withSkipped?: boolean;
  readonly marksOf?: (row: TimelineRow) => readonly BarMark[];
}

const WIDTH = 960;
const LEFT = 270;
const RIGHT = 100;
const ROW = 40;
const BAR = 20;
const HEAD = 74;
const FOOT = 34;
/** One for each timed phase, as the light page has them. */
const COLOURS = ['#75818f', '#c84a0a', '#8454a3', '#5a9fd4'];
const INK = '#1c2127';
const QUIET = '#59636f';
const LINE = '#dcdfe3';
const GROUND = '#ffffff';

type Scale = (seconds: number) => number;

const colourOf = (index: number): string => COLOURS[index] ?? QUIET;
const patternOf = (index: number): string => `skipped-${index}`;

/** Rows as a picture that stands alone: ground, colours and fonts of its own, nothing that a page must have. */
export function timelineSvg(rows: readonly TimelineRow[], options: TimelineSvgOptions = {}): string {
  const { title = 'How long it takes', withSkipped = false, marksOf = () => [] } = options;
  const shown = rows.map((row) => ({ row, marks: marksOf(row) }));
  const furthest = shown.flatMap(({ marks }) => marks.map(({ at }) => at));
  const longest = Math.max(longestRow(rows, withSkipped), ...furthest) * 1.02;
  const at: Scale = (seconds) => LEFT + ((WIDTH - LEFT - RIGHT) * seconds) / longest;
  const height = HEAD + ROW * rows.length + FOOT;
  const size = { width: WIDTH, height, viewBox: `0 0 ${WIDTH} ${height}` };
  const look = { role: 'img', 'font-family': 'sans-serif', 'font-size': 14 };
  const sumOf = (row: TimelineRow): string => `${totalText(withSkipped ? row.totalWithSkipped : row.total)} s`;
  return element('svg', { xmlns: 'http://www.w3.org/2000/svg', ...size, ...look }, [
    element('title', {}, title),
    element('desc', {}, shown.map(({ row }) => `${row.label}: ${sumOf(row)}`).join('; ')),
    element('defs', {}, COLOURS.map(pattern)),
    element('rect', { width: WIDTH, height, fill: GROUND }),
    element('text', { x: 16, y: 28, fill: INK, 'font-size': 17, 'font-weight': 600 }, title),
    ...timedPhases.flatMap(legend),
    ...ticks(0, longest, 6).flatMap((tick) => gridLine(tick, at(tick), height - FOOT)),
    ...shown.flatMap(({ row, marks }, index) => [
      ...bar(row, HEAD + ROW * (index + 0.5), at, withSkipped),
      ...marks.map((mark) => markOf(mark, HEAD + ROW * (index + 0.5), at)),
      element(
        'text',
        { x: WIDTH - 16, y: HEAD + ROW * (index + 0.5) + 5, fill: INK, 'text-anchor': 'end', 'font-weight': 600 },
        sumOf(row),
      ),
    ]),
  ]).source;
}

function pattern(colour: string, index: number): Markup {
  const size = { width: 5, height: 5, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' };
  return element('pattern', { id: patternOf(index), ...size }, [
    element('rect', { width: 1.5, height: 5, fill: colour }),
  ]);
}

function legend(phase: string, index: number): Markup[] {
  const x = LEFT + 130 * index;
  return [
    element('rect', { x, y: 44, width: 12, height: 12, fill: colourOf(index) }),
    element('text', { x: x + 18, y: 55, fill: QUIET }, phase),
  ];
}

const gridLine = (tick: number, x: number, bottom: number): Markup[] => [
  element('line', { x1: x, x2: x, y1: HEAD, y2: bottom, stroke: LINE }),
  element('text', { x, y: bottom + 18, fill: QUIET, 'text-anchor': 'middle' }, `${tick} s`),
];

function bar(row: TimelineRow, middle: number, at: Scale, withSkipped: boolean): Markup[] {
  const { pieces } = barOf(row, withSkipped);
  return [
    element('text', { x: 16, y: middle + 5, fill: INK }, row.label),
    ...pieces.map((piece) => pieceOf(piece, middle, at)),
    ...pieces.flatMap(({ ends }) => (ends === undefined ? [] : [whisker(ends, middle, at)])),
  ];
}

function pieceOf({ phase, basis, from, to }: BarPiece, middle: number, at: Scale): Markup {
  const index = timedPhases.indexOf(phase);
  const place = { x: at(from), y: middle - BAR / 2, width: Math.max(1, at(to) - at(from)), height: BAR };
  if (basis !== 'skipped') return element('rect', { ...place, fill: colourOf(index) });
  return element('rect', { ...place, fill: `url(#${patternOf(index)})`, stroke: colourOf(index) });
}

function whisker([low, high]: readonly [number, number], middle: number, at: Scale): Markup {
  const d = `M${at(low)} ${middle - 4}v8M${at(high)} ${middle - 4}v8M${at(low)} ${middle}H${at(high)}`;
  return element('path', { d, stroke: INK, 'stroke-width': 1.5, fill: 'none' });
}

function markOf({ at: seconds, label, isSame }: BarMark, middle: number, at: Scale): Markup {
  const d = `M${at(seconds)} ${middle - 7}l7 7l-7 7l-7 -7z`;
  return element('path', { d, stroke: INK, fill: isSame ? INK : GROUND }, [element('title', {}, label)]);
}
