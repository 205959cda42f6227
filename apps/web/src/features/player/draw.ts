import { pickKeys } from '../../shared/keys.ts';
import { type CopiedPages, pageStates } from './facts.ts';

/** The part of the height that each strip takes. */
const STRIP = 0.3;
const names = pickKeys(pageStates);

/** Draws both strips, and lines between the places of pages that are under way. */
export function drawPages(
  canvas: HTMLCanvasElement,
  { width, height }: { readonly width: number; readonly height: number },
  pages: CopiedPages,
  states: Uint8Array,
): void {
  const scale = devicePixelRatio;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext('2d');
  if (context === null) return;
  const style = getComputedStyle(canvas);
  const colours = names.map((name) => style.getPropertyValue(`--page-${name}`));
  const strip = STRIP * canvas.height;
  const columns = Math.min(canvas.width, Math.max(1, states.length));
  for (const [ranks, top] of [
    [pages.sourceRanks, 0],
    [pages.destinationRanks, canvas.height - strip],
  ] as const)
    drawStrip(context, { top, strip, columns, width: canvas.width }, countColumns(ranks, states, columns), colours);
  context.strokeStyle = style.getPropertyValue('--page-line');
  context.lineWidth = 1.5 * scale;
  const perPage = canvas.width / Math.max(1, states.length);
  for (
    let page = states.indexOf(pageStates.underWay);
    page >= 0;
    page = states.indexOf(pageStates.underWay, page + 1)
  ) {
    context.beginPath();
    context.moveTo((pages.sourceRanks[page] ?? 0) * perPage, strip);
    context.lineTo((pages.destinationRanks[page] ?? 0) * perPage, canvas.height - strip);
    context.stroke();
  }
}

/** How many pages of each state fall into each column. */
function countColumns(ranks: Uint32Array, states: Uint8Array, columns: number): Uint32Array {
  const counts = new Uint32Array(columns * names.length);
  for (let page = 0; page < states.length; page++) {
    const column = Math.floor(((ranks[page] ?? 0) * columns) / states.length);
    const at = column * names.length + (states[page] ?? 0);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}

/** Each column from the bottom up, what has come farthest first; neighbours that are alike in one piece. */
function drawStrip(
  context: CanvasRenderingContext2D,
  { top, strip, columns, width }: { top: number; strip: number; columns: number; width: number },
  counts: Uint32Array,
  colours: readonly string[],
): void {
  const size = names.length;
  const left = (column: number): number => Math.floor((column * width) / columns);
  for (let column = 0; column < columns; ) {
    const first = column * size;
    let next = column + 1;
    while (next < columns && isAlike(counts, first, next * size, size)) next += 1;
    let all = 0;
    for (let state = 0; state < size; state++) all += counts[first + state] ?? 0;
    let bottom = top + strip;
    for (let state = size - 1; state >= 0 && all > 0; state--) {
      const height = (strip * (counts[first + state] ?? 0)) / all;
      if (height === 0) continue;
      context.fillStyle = colours[state] ?? '';
      context.fillRect(left(column), bottom - height, Math.max(1, left(next) - left(column)), height);
      bottom -= height;
    }
    column = next;
  }
}

function isAlike(counts: Uint32Array, a: number, b: number, size: number): boolean {
  for (let at = 0; at < size; at++) if (counts[a + at] !== counts[b + at]) return false;
  return true;
}
