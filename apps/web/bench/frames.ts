import { axisOf } from '../src/features/map/model/axis.ts';
import { HEIGHT } from '../src/features/map/model/layout.ts';
import { markOf } from '../src/features/map/model/marks.ts';
import { modelOf, noPlanPages } from '../src/features/map/model/model.ts';
import { pageSetOf } from '../src/features/map/model/page-set.ts';
import { projectionOf } from '../src/features/map/model/projection.ts';
import { sceneOf } from '../src/features/map/model/scene.ts';
import { lightTheme } from '../src/features/map/model/theme.ts';
import { wholeView, zoomed } from '../src/features/map/model/view.ts';
import { paint } from '../src/features/map/paint.ts';

const PAGES = 1_000_000;
/** Pages of the memory that they are scattered in: 64 GiB. */
const RAM = 2 ** 24;
const WIDTH = 1200;
const FRAMES = 240;

/** A plan of a million single pages, scattered over all memory, and as many destinations behind it. */
function millionPages() {
  const here = Float64Array.from({ length: PAGES }, (_, at) => (at * 1_640_531_527) % RAM);
  const there = Float64Array.from({ length: PAGES }, (_, at) => RAM + at);
  const single = new Float64Array(PAGES).fill(1);
  const ram = markOf('memory', 'ram', 'System RAM', { start: 0n, end: BigInt(2 * RAM) * 4096n - 1n });
  const sources = pageSetOf(here, single, there);
  const arrivals = pageSetOf(there, single, here);
  return modelOf([ram], { sources, arrivals, own: noPlanPages.own });
}

/** Frames a second while the map is zoomed in and out again: each is made anew, as the page does it. */
async function framesPerSecond(): Promise<number> {
  const model = millionPages();
  const canvas = document.querySelector('canvas');
  const context = canvas?.getContext('2d');
  if (!canvas || !context) throw new Error('there is no canvas');
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const axis = axisOf('linear', model.extent);
  const nextFrame = (): Promise<number> => new Promise(requestAnimationFrame);
  let view = wholeView(axis);
  let began = 0;
  for (let frame = -30; frame <= FRAMES; frame++) {
    const now = await nextFrame();
    // The first ones run code that is not compiled yet.
    if (frame === 0) began = now;
    view = frame % 120 < 60 ? zoomed(axis, view, 0.8, 0.3) : zoomed(axis, view, 1.25, 0.3);
    paint(context, sceneOf(model, projectionOf(axis, view, WIDTH), {}), lightTheme);
    if (frame === FRAMES) return (FRAMES * 1000) / (now - began);
  }
  throw new Error('no frame came');
}

framesPerSecond().then(
  (result) => Object.assign(window, { result }),
  (error: unknown) => Object.assign(window, { result: String(error) }),
);
