import type { LaneName } from './marks.ts';

/** A lane's place: its title stands above its body. */
export interface Lane {
  readonly name: LaneName;
  readonly title: string;
  /** Baseline of the title. */
  readonly titleY: number;
  readonly top: number;
  readonly height: number;
}

/** Height of the ruler, in pixels. */
export const RULER = 30;
const TITLE = 17;
const GAP = 5;

const bodies: readonly (readonly [LaneName, string, number])[] = [
  ['memory', 'Memory', 30],
  ['region', 'Regions', 14],
  ['destination', 'Destinations', 26],
  ['source', 'Source pages', 44],
  ['own', 'Own pages: entry list, tables, routine', 30],
  ['found', 'Found', 14],
];

/** The lanes from the top: always the same, so that nothing moves when a plan arrives. */
export const lanes: readonly Lane[] = bodies.map(([name, title, height], at) => {
  const above = bodies.slice(0, at).reduce((sum, [, , body]) => sum + TITLE + body + GAP, RULER);
  return { name, title, titleY: above + TITLE - 5, top: above + TITLE, height };
});

/** Height of a picture, in pixels. */
export const HEIGHT: number = lanes.reduce((low, { top, height }) => Math.max(low, top + height + GAP), 0);

/** A lane by its name. */
export function laneOf(name: LaneName): Lane {
  const [first] = lanes;
  const lane = lanes.find((each) => each.name === name) ?? first;
  if (lane === undefined) throw new TypeError(name);
  return lane;
}

/** The lane at a height of the picture; its title belongs to it. */
export const laneAt = (y: number): Lane | undefined =>
  lanes.find(({ top, height }) => y >= top - TITLE && y < top + height + GAP);
