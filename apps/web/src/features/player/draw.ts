import { pickKeys } from '../../shared/keys.ts';
import { type CopiedPages, pageStates } from './facts.ts';

/** The part of the height that each strip takes. */
const STRIP = 0.3;
const names = pickKeys(pageStates);

/** Where each page lies in a strip of all of them: its rank by address, as a share. */
function shares(pfns: Float64Array): Float64Array {
  const order = Uint32Array.from(pfns.keys()).sort((a, b) => (pfns[a] ?? 0) - (pfns[b] ?? 0));
  const found = new Float64Array(pfns.length);
  for (const [rank, page] of order.entries()) found[page] = rank / pfns.length;
  return found;
}

/** Ranks of the pages of a reboot; they do not change. */
const ranked = new WeakMap<CopiedPages, { readonly sources: Float64Array; readonly destinations: Float64Array }>();

function ranksOf(pages: CopiedPages): { readonly sources: Float64Array; readonly destinations: Float64Array } {
  const held = ranked.get(pages);
  if (held !== undefined) return held;
  const made = { sources: shares(pages.sources), destinations: shares(pages.destinations) };
  ranked.set(pages, made);
  return made;
}

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
  const { sources, destinations } = ranksOf(pages);
  const strip = STRIP * canvas.height;
  const columns = Math.min(canvas.width, Math.max(1, states.length));
  for (const [places, top] of [
    [sources, 0],
    [destinations, canvas.height - strip],
  ] as const)
    drawStrip(context, { top, strip, columns, width: canvas.width }, countColumns(places, states, columns), colours);
  context.strokeStyle = style.getPropertyValue('--page-line');
  context.lineWidth = 1.5 * scale;
  for (const [page, state] of states.entries()) {
    if (state !== pageStates.underWay) continue;
    context.beginPath();
    context.moveTo((sources[page] ?? 0) * canvas.width, strip);
    context.lineTo((destinations[page] ?? 0) * canvas.width, canvas.height - strip);
    context.stroke();
  }
}

/** How many pages of each state fall into each column. */
function countColumns(places: Float64Array, states: Uint8Array, columns: number): Uint32Array {
  const counts = new Uint32Array(columns * names.length);
  for (const [page, state] of states.entries()) {
    const at = Math.floor((places[page] ?? 0) * columns) * names.length + state;
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}

/** Each column from the bottom up, what has come farthest first. */
function drawStrip(
  context: CanvasRenderingContext2D,
  { top, strip, columns, width }: { top: number; strip: number; columns: number; width: number },
  counts: Uint32Array,
  colours: readonly string[],
): void {
  const step = width / columns;
  for (let state = 0; state < names.length; state++) {
    context.fillStyle = colours[state] ?? '';
    for (let column = 0; column < columns; column++) {
      const own = counts.subarray(column * names.length, (column + 1) * names.length);
      const all = own.reduce((sum, each) => sum + each, 0);
      const height = (strip * (own[state] ?? 0)) / Math.max(1, all);
      if (height === 0) continue;
      const below = own.subarray(state + 1).reduce((sum, each) => sum + each, 0);
      const bottom = top + strip - (strip * below) / all;
      const left = Math.floor(column * step);
      context.fillRect(left, bottom - height, Math.max(1, Math.floor((column + 1) * step) - left), height);
    }
  }
}
