import type { HostStanding } from '@kexeckit/rollout';
import { createEffect, type JSX } from 'solid-js';
import { standings } from './picture.ts';
import { type MapColours, tilesOf } from './raster.ts';

/** Pixels of the page. */
const SIZE = 13;

/** A cell of the map as large as a letter, for a legend. */
export function Swatch(props: {
  readonly standing: HostStanding;
  readonly colours: MapColours | undefined;
}): JSX.Element {
  let canvas: HTMLCanvasElement | undefined;
  createEffect(() => {
    const { colours, standing } = props;
    const context = canvas?.getContext('2d');
    if (canvas === undefined || !context || colours === undefined) return;
    const size = Math.round(SIZE * devicePixelRatio);
    canvas.width = size;
    canvas.height = size;
    const image = context.createImageData(size, size);
    new Uint32Array(image.data.buffer).set(tilesOf(size, colours)[standings.indexOf(standing)] ?? []);
    context.putImageData(image, 0, 0);
  });
  return (
    <span class="fleet-swatch" aria-hidden="true">
      <canvas ref={canvas} width={SIZE} height={SIZE} />
    </span>
  );
}
