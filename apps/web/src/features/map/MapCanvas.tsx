import { type Accessor, createEffect, createMemo, createSignal, type JSX, on, onCleanup, onMount } from 'solid-js';
import { createFrames } from '../../shared/frames.ts';
import { type Tip, Tooltip } from '../../shared/Tooltip.tsx';
import { takeGestures } from './gestures.ts';
import { keyStep } from './keys.ts';
import type { Axis } from './model/axis.ts';
import { HEIGHT } from './model/layout.ts';
import type { MapModel } from './model/model.ts';
import { type Picked, pickedAt } from './model/pick.ts';
import { type Projection, projectionOf } from './model/projection.ts';
import { sceneOf } from './model/scene.ts';
import type { Theme } from './model/theme.ts';
import type { View } from './model/view.ts';
import { createTheme } from './page-theme.ts';
import { paint } from './paint.ts';

/** What the page can ask of the picture. */
export interface CanvasHandle {
  readonly canvas: HTMLCanvasElement;
  readonly width: number;
  readonly theme: Theme;
}

/** What is drawn, and what is told of what a person does. */
interface CanvasProps {
  readonly model: MapModel;
  readonly axis: Axis;
  readonly view: View;
  readonly chosen: Picked | undefined;
  readonly onView: (view: View) => void;
  readonly onChoose: (id: string | undefined) => void;
  readonly onReady: (handle: () => CanvasHandle | undefined) => void;
}

/** The map on a canvas: drawn once a frame, for whatever is in its window. */
export function MapCanvas(props: CanvasProps): JSX.Element {
  const { width, place, setPlace, projection, pointed, attend } = createPicture(props);
  const theme = createTheme();
  let box: HTMLDivElement | undefined;
  let canvas: HTMLCanvasElement | undefined;
  const tip = (): Tip | undefined => {
    const [picked, at, origin] = [pointed(), place(), box?.getBoundingClientRect()];
    if (picked === undefined || at === undefined || origin === undefined) return undefined;
    const { name, code, text } = picked;
    return { name, code, text, at: new DOMRect(origin.left + at[0], origin.top + at[1] - 8, 0, 0) };
  };
  const frame = createFrames(() => {
    const context = canvas?.getContext('2d');
    if (!canvas || !context || width() === 0) return;
    fit(canvas, context, width());
    const links = pointed()?.links ?? props.chosen?.links;
    paint(context, sceneOf(props.model, projection(), { chosen: props.chosen?.frames, links }), theme());
  });
  createEffect(on([projection, pointed, theme, () => props.model, () => props.chosen], frame));
  const takeBox = (element: HTMLDivElement): void => {
    box = element;
    box.tabIndex = 0;
  };
  onMount(() => {
    if (box !== undefined) attend(box);
    props.onReady(() => canvas && { canvas, width: width(), theme: theme() });
  });
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = keyStep(event.key, props);
    if (step === undefined) return;
    event.preventDefault();
    if (event.key === 'Escape') setPlace(undefined);
    if (step.view !== undefined) props.onView(step.view);
    if ('choose' in step) props.onChoose(step.choose);
  };
  return (
    <div
      class="map-canvas"
      role="application"
      aria-label="Memory map"
      aria-describedby="map-keys"
      ref={takeBox}
      onKeyDown={onKeyDown}
      style={{ height: `${HEIGHT}px` }}
    >
      <canvas ref={canvas} />
      <Tooltip tip={tip()} within={box} />
    </div>
  );
}

/** What of the picture depends on its size and on the pointer. */
interface Picture {
  readonly width: Accessor<number>;
  /** Where the pointer is. */
  readonly place: Accessor<readonly [number, number] | undefined>;
  readonly setPlace: (place: readonly [number, number] | undefined) => void;
  readonly projection: Accessor<Projection>;
  /** What is pointed at. */
  readonly pointed: Accessor<Picked | undefined>;
  /** Follows the size of an element, and what the pointer does on it, as long as the picture is there. */
  readonly attend: (box: HTMLElement) => void;
}

function createPicture(props: CanvasProps): Picture {
  const [width, setWidth] = createSignal(0);
  const [place, setPlace] = createSignal<readonly [number, number]>();
  const projection = createMemo(() => projectionOf(props.axis, props.view, Math.max(1, width())));
  const pointed = createMemo(() => {
    const at = place();
    return at && pickedAt(props.model, projection(), ...at);
  });
  const attend = (box: HTMLElement): void => {
    const sizes = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    sizes.observe(box);
    const release = takeGestures(box, {
      axis: () => props.axis,
      view: () => props.view,
      width: () => Math.max(1, width()),
      onView: (view) => props.onView(view),
      onHover: setPlace,
      onChoose: (at) => props.onChoose(pickedAt(props.model, projection(), ...at)?.id),
    });
    onCleanup(() => {
      sizes.disconnect();
      release();
    });
  };
  return { width, place, setPlace, projection, pointed, attend };
}

/** Makes a canvas as sharp as the screen. */
function fit(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D, width: number): void {
  const ratio = devicePixelRatio;
  const [columns, rows] = [Math.round(width * ratio), Math.round(HEIGHT * ratio)];
  if (canvas.width !== columns || canvas.height !== rows) {
    canvas.width = columns;
    canvas.height = rows;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${HEIGHT}px`;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
}
