import { outcomes } from '../status/phases.ts';
import type { HostState } from '../status/status.ts';
import { type HostStanding, standingOf } from '../status/summary.ts';
import { type Markup, markup } from './markup.ts';

/** How hosts stand, in the order of the legend. */
export const standings: readonly HostStanding[] = ['waiting', 'running', ...outcomes];

/** Hosts with names of their own in a map: more would make it large. */
const NAMED_MAX = 1000;
/** Hosts up to which lines are drawn between them. */
const GRID_MAX = 20_000;

const NAMED: ReadonlySet<HostStanding> = new Set<HostStanding>(['refused', 'failed', 'lost']);

/**
 * A cell for each host, in their order from left to right, in the colour of how it stands: one path for each standing, in which hosts
 * beside each other are one rectangle. Hosts in trouble have their names, the first thousand of them.
 *
 * @param title what a screen reader says.
 */
export function heatMap(hosts: readonly HostState[], title: string): Markup {
  const columns = hosts.length <= 1000 ? 50 : hosts.length <= GRID_MAX ? 200 : 500;
  const rows = Math.ceil(hosts.length / columns);
  const paths = new Map<HostStanding, string[]>();
  const named: Markup[] = [];
  let run = 1;
  for (let at = 0; at < hosts.length; at += run) {
    const host = hosts[at];
    if (host === undefined) break;
    const standing = standingOf(host);
    run = 1;
    while (isSame(hosts[at + run], standing) && (at + run) % columns !== 0) run++;
    const pieces = paths.get(standing) ?? [];
    pieces.push(cells(at, run, columns));
    paths.set(standing, pieces);
    if (NAMED.has(standing)) {
      for (let one = at; one < at + run && named.length < NAMED_MAX; one++) {
        const name = `${hosts[one]?.host ?? ''}: ${standing}`;
        named.push(markup`<path class="${standing}" d="${cells(one, 1, columns)}"><title>${name}</title></path>`);
      }
    }
  }
  const drawn = [...paths].map(([standing, pieces]) => markup`<path class="${standing}" d="${pieces.join('')}"/>`);
  const grid = hosts.length > GRID_MAX ? [] : [markup`<path class="grid" d="${gridLines(columns, rows)}"/>`];
  return markup`<svg class="map" role="img" viewBox="0 0 ${columns} ${rows}"><title>${title}</title>${drawn}${named}${grid}</svg>`;
}

const isSame = (host: HostState | undefined, standing: HostStanding): boolean =>
  host !== undefined && standingOf(host) === standing;

const cells = (at: number, width: number, columns: number): string =>
  `M${at % columns} ${Math.floor(at / columns)}h${width}v1h-${width}z`;

function gridLines(columns: number, rows: number): string {
  let lines = '';
  for (let x = 1; x < columns; x++) lines += `M${x} 0v${rows}`;
  for (let y = 1; y < rows; y++) lines += `M0 ${y}h${columns}`;
  return lines;
}
