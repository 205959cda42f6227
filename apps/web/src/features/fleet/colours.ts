import type { HostStanding } from '@kexeckit/rollout';
import { type Accessor, createSignal, onCleanup, onMount } from 'solid-js';
import { standings } from './picture.ts';
import type { MapColours, Rgba } from './raster.ts';

/** Colours of cells as the style sheet has them, or the system's own where those are forced; follows when they change. */
export function createColours(element: () => HTMLElement | undefined): Accessor<MapColours | undefined> {
  const [colours, setColours] = createSignal<MapColours>();
  const follow = (): void => {
    const styled = element();
    if (styled !== undefined) setColours(coloursOf(styled));
  };
  const changes = ['(prefers-color-scheme: dark)', '(forced-colors: active)'].map((query) => matchMedia(query));
  for (const change of changes) change.addEventListener('change', follow);
  onMount(follow);
  onCleanup(() => {
    for (const change of changes) change.removeEventListener('change', follow);
  });
  return colours;
}

function coloursOf(element: HTMLElement): MapColours {
  const style = getComputedStyle(element);
  const read = newReader();
  const all = (suffix: string): Record<HostStanding, Rgba> => {
    const empty: Rgba = [0, 0, 0, 255];
    const record = {
      ...{ waiting: empty, running: empty, done: empty, refused: empty, failed: empty, lost: empty },
      ...{ undone: empty, skipped: empty, deferred: empty },
    };
    for (const standing of standings) record[standing] = read(style.getPropertyValue(`--fleet-${standing}${suffix}`));
    return record;
  };
  return { fill: all(''), mark: all('-mark') };
}

/** Reads colours as canvases do, in any way that CSS writes them. */
function newReader(): (colour: string) => Rgba {
  const canvas = document.createElement('canvas');
  canvas.width = 1;
  canvas.height = 1;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return (colour) => {
    if (context === null) return [0, 0, 0, 255];
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = colour.trim();
    context.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0, alpha = 255] = context.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha];
  };
}
