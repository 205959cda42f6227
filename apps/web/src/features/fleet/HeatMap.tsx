import { type Accessor, createEffect, createMemo, createSignal, For, type JSX, on, onCleanup, onMount } from 'solid-js';
import { createFrames } from '../../shared/frames.ts';
import { type Tip, Tooltip } from '../../shared/Tooltip.tsx';
import { HEAD, hostAfterKey, hostAtPlace, layoutOf, type MapLayout, placeOfHost } from './layout.ts';
import { glanceAt, type HostGlance, type RolloutPicture } from './picture.ts';
import { cellPixels, drawCells, type MapColours, sharpnessOf, type Tiles, tilesOf } from './raster.ts';
import { glanceText, hostsText } from './words.ts';

interface HeatMapProps {
  readonly picture: RolloutPicture;
  readonly colours: MapColours | undefined;
  readonly chosen: number | undefined;
  readonly onChoose: (host: number | undefined) => void;
}

/** A cell for each host, wave by wave. The cells are drawn when they change; what moves lies above them. */
export function HeatMap(props: HeatMapProps): JSX.Element {
  const [width, setWidth] = createSignal(0);
  const [cursor, setCursor] = createSignal<number>();
  const [said, setSaid] = createSignal('');
  const layout = createMemo(() => layoutOf(props.picture.waves, Math.max(1, width())));
  const pointed = createMemo((): HostGlance | undefined => {
    const at = cursor();
    return at === undefined ? undefined : glanceAt(props.picture, at);
  });
  let box: HTMLDivElement | undefined;
  onMount(() => {
    if (box === undefined) return;
    const sizes = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    sizes.observe(box);
    onCleanup(() => sizes.disconnect());
  });
  // Whoever looks for a host by its name finds it under the cursor.
  createEffect(on([() => props.chosen], ([chosen]) => chosen !== undefined && setCursor(chosen)));
  const placeOf = (event: MouseEvent): number | undefined => {
    const origin = box?.getBoundingClientRect() ?? new DOMRect();
    return hostAtPlace(layout(), event.clientX - origin.left, event.clientY - origin.top);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape') {
      setCursor(undefined);
      props.onChoose(undefined);
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      props.onChoose(cursor());
    } else {
      const from = cursor();
      const next = from === undefined ? firstOf(layout(), event.key) : hostAfterKey(layout(), from, event.key);
      if (next === undefined) return;
      event.preventDefault();
      setCursor(next);
      setSaid(spoken(glanceAt(props.picture, next), props.picture));
      keepInView(box, layout(), next);
    }
  };
  const takeBox = (element: HTMLDivElement): void => {
    box = element;
    element.tabIndex = 0;
  };
  return (
    <>
      <div
        class="fleet-map"
        role="application"
        aria-label="Hosts"
        aria-describedby="fleet-keys"
        ref={takeBox}
        style={{ height: `${layout().height}px` }}
        onPointerMove={(event) => setCursor(placeOf(event))}
        onPointerLeave={() => setCursor(props.chosen)}
        onClick={(event) => props.onChoose(placeOf(event))}
        onKeyDown={onKeyDown}
      >
        <Cells picture={props.picture} layout={layout()} colours={props.colours} />
        <WaveNames picture={props.picture} layout={layout()} />
        <Frame layout={layout()} host={props.chosen} look="chosen" />
        <Frame layout={layout()} host={cursor()} look="cursor" />
        <Tooltip tip={tipOf(pointed(), props.picture, layout(), box)} within={box} />
      </div>
      <p class="visually-hidden" aria-live="polite">
        {said()}
      </p>
    </>
  );
}

/** Where the keys begin that move a cursor. */
const firstOf = (layout: MapLayout, key: string): number | undefined =>
  hostAfterKey(layout, 0, key) === undefined ? undefined : 0;

const spoken = (host: HostGlance | undefined, picture: RolloutPicture): string =>
  host === undefined ? '' : `${host.name}, ${host.wave}, ${glanceText(host, picture)}`;

function tipOf(
  host: HostGlance | undefined,
  picture: RolloutPicture,
  layout: MapLayout,
  box: HTMLElement | undefined,
): Tip | undefined {
  const origin = box?.getBoundingClientRect();
  if (host === undefined || origin === undefined) return undefined;
  const [x, y] = placeOfHost(layout, host.at);
  const at = new DOMRect(origin.left + x, origin.top + y, layout.cell, layout.cell);
  return { name: host.name, code: host.wave, text: glanceText(host, picture), at };
}

/** Scrolls the page where the cursor would be out of it. */
function keepInView(box: HTMLElement | undefined, layout: MapLayout, host: number): void {
  const origin = box?.getBoundingClientRect();
  if (origin === undefined) return;
  const y = origin.top + placeOfHost(layout, host)[1];
  const margin = 80;
  if (y < margin) scrollBy({ top: y - margin });
  else if (y > innerHeight - margin) scrollBy({ top: y - innerHeight + margin });
}

/** The frame around one cell. */
function Frame(props: {
  readonly layout: MapLayout;
  readonly host: number | undefined;
  readonly look: 'chosen' | 'cursor';
}): JSX.Element {
  const place = (): string => {
    const [x, y] = placeOfHost(props.layout, props.host ?? 0);
    return `translate(${x}px, ${y}px)`;
  };
  return (
    <div
      class={`fleet-frame ${props.look}`}
      hidden={props.host === undefined}
      style={{ transform: place(), width: `${props.layout.cell}px`, height: `${props.layout.cell}px` }}
    />
  );
}

function WaveNames(props: { readonly picture: RolloutPicture; readonly layout: MapLayout }): JSX.Element {
  return (
    <For each={props.picture.waves}>
      {(wave, index) => (
        <p class="fleet-wave-name" style={{ top: `${(props.layout.blocks[index()]?.top ?? HEAD) - HEAD}px` }}>
          {wave.name} <span class="quiet">{hostsText(wave.hosts)}</span>
        </p>
      )}
    </For>
  );
}

/** All cells, drawn once for each picture and size. */
function Cells(props: {
  readonly picture: RolloutPicture;
  readonly layout: MapLayout;
  readonly colours: MapColours | undefined;
}): JSX.Element {
  let canvas: HTMLCanvasElement | undefined;
  const painter = createPainter(() => canvas);
  const tiles = createTiles(() => props.colours);
  const draw = createFrames(() => painter(props.layout, props.picture.standing, tiles));
  createEffect(on([() => props.picture, () => props.layout, () => props.colours], draw));
  return (
    <div class="fleet-cells" aria-hidden="true">
      <canvas ref={canvas} />
    </div>
  );
}

/** Tiles of a size, made when they are first asked for. */
function createTiles(colours: Accessor<MapColours | undefined>): (size: number) => Tiles | undefined {
  let known: { readonly size: number; readonly of: MapColours; readonly tiles: Tiles } | undefined;
  return (size) => {
    const of = colours();
    if (of === undefined) return undefined;
    if (known?.size !== size || known.of !== of) known = { size, of, tiles: tilesOf(size, of) };
    return known.tiles;
  };
}

function createPainter(
  canvas: () => HTMLCanvasElement | undefined,
): (layout: MapLayout, standing: Uint8Array, tilesFor: (size: number) => Tiles | undefined) => void {
  let image: ImageData | undefined;
  return (layout, standing, tilesFor) => {
    const element = canvas();
    const context = element?.getContext('2d');
    const sharp = sharpnessOf(layout, devicePixelRatio);
    const tiles = tilesFor(cellPixels(layout.cell, sharp.ratio).size);
    if (element === undefined || !context || tiles === undefined || layout.width < 2) return;
    if (element.width !== sharp.width || element.height !== sharp.height || image === undefined) {
      element.width = sharp.width;
      element.height = sharp.height;
      element.style.width = `${sharp.width / sharp.ratio}px`;
      element.style.height = `${sharp.height / sharp.ratio}px`;
      image = context.createImageData(sharp.width, sharp.height);
    }
    drawCells(new Uint32Array(image.data.buffer), sharp, layout, standing, tiles);
    context.putImageData(image, 0, 0);
  };
}
