import { pickKeys } from '../../../shared/keys.ts';
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

/** Title and height of each lane, from the top. */
const bodies: Readonly<Record<LaneName, { readonly title: string; readonly height: number }>> = {
  memory: { title: 'Memory', height: 30 },
  region: { title: 'Regions', height: 14 },
  destination: { title: 'Destinations', height: 26 },
  source: { title: 'Source pages', height: 44 },
  own: { title: 'Own pages: entry list, tables, routine', height: 30 },
  found: { title: 'Found', height: 14 },
};

const names = pickKeys(bodies);

/** A lane by its name. */
export function laneOf(name: LaneName): Lane {
  const { title, height } = bodies[name];
  const before = names.slice(0, names.indexOf(name));
  const above = before.reduce((sum, each) => sum + TITLE + bodies[each].height + GAP, RULER);
  return { name, title, titleY: above + TITLE - 5, top: above + TITLE, height };
}

/** The lanes from the top: always the same, so that nothing moves when a plan arrives. */
export const lanes: readonly Lane[] = names.map(laneOf);

/** Height of a picture, in pixels. */
export const HEIGHT: number = lanes.reduce((low, { top, height }) => Math.max(low, top + height + GAP), 0);

/** The lane at a height of the picture; its title belongs to it. */
export const laneAt = (y: number): Lane | undefined =>
  lanes.find(({ top, height }) => y >= top - TITLE && y < top + height + GAP);
