import type { Distribution } from '../status/distribution.ts';
import { hostsText, secondsText } from './format.ts';
import { type Markup, markup } from './markup.ts';

const WIDTH = 720;
const HEIGHT = 180;
const BASE = HEIGHT - 24;

/** Bars of a distribution of milliseconds, all of one width, from zero up, the largest count written at the top. */
export function histogram({ bins, n }: Distribution, title: string): Markup {
  const highest = Math.max(1, ...bins.map(({ count }) => count));
  const step = WIDTH / Math.max(1, bins.length);
  const bars = bins.map(({ least, below, count }, at) => {
    // What is there is seen, were it one host among a hundred thousand.
    const height = count === 0 ? 0 : Math.max(1.5, (count / highest) * (BASE - 16));
    const label = `${secondsText(least)} to ${secondsText(below)}: ${count} of ${n}`;
    const place = markup`x="${(at * step + 0.5).toFixed(1)}" y="${(BASE - height).toFixed(1)}"`;
    const size = markup`width="${Math.max(1, step - 1).toFixed(1)}" height="${height.toFixed(1)}"`;
    return markup`<rect class="bar" ${place} ${size}><title>${label}</title></rect>`;
  });
  const from = secondsText(bins[0]?.least ?? 0);
  const to = secondsText(bins.at(-1)?.below ?? 0);
  return markup`<svg class="map" role="img" viewBox="0 0 ${WIDTH} ${HEIGHT}"><title>${title}</title>
<text x="0" y="10">${hostsText(highest)}</text>${bars}<path class="axis" d="M0 ${BASE}h${WIDTH}"/>
<text x="0" y="${HEIGHT - 6}">${from}</text><text x="${WIDTH}" y="${HEIGHT - 6}" text-anchor="end">${to}</text></svg>`;
}
