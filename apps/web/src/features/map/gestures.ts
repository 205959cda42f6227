import type { Axis } from './model/axis.ts';
import { panned, type View, zoomed } from './model/view.ts';

/** What the pointer does on the map. */
export interface Gestures {
  readonly axis: () => Axis;
  readonly view: () => View;
  readonly width: () => number;
  readonly onView: (view: View) => void;
  /** The pointer is over a place; undefined where it has left. */
  readonly onHover: (place: readonly [x: number, y: number] | undefined) => void;
  readonly onChoose: (place: readonly [x: number, y: number]) => void;
}

/** Pixels that a press may move and still be one. */
const STILL = 4;

/** Lets an element be dragged, pinched and scrolled over; what it returns ends that. */
export function takeGestures(element: HTMLElement, gestures: Gestures): () => void {
  const down = new Map<number, number>();
  let moved = 0;
  const placeOf = (event: MouseEvent): readonly [number, number] => {
    const box = element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const onDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    if (down.size === 0) moved = 0;
    down.set(event.pointerId, placeOf(event)[0]);
  };
  const onMove = (event: PointerEvent): void => {
    const place = placeOf(event);
    const before = down.get(event.pointerId);
    if (before === undefined) {
      gestures.onHover(place);
      return;
    }
    moved += Math.abs(place[0] - before);
    if (down.size === 1 && moved > STILL)
      gestures.onView(panned(gestures.axis(), gestures.view(), (before - place[0]) / gestures.width()));
    if (down.size === 2) pinch(event.pointerId, before, place[0]);
    down.set(event.pointerId, place[0]);
  };
  const pinch = (id: number, before: number, now: number): void => {
    const other = [...down].find(([pointer]) => pointer !== id)?.[1] ?? 0;
    const [was, is] = [Math.max(16, Math.abs(before - other)), Math.max(16, Math.abs(now - other))];
    gestures.onView(zoomed(gestures.axis(), gestures.view(), was / is, other / gestures.width()));
  };
  const onUp = (event: PointerEvent): void => {
    if (down.delete(event.pointerId) && event.type === 'pointerup' && moved <= STILL) gestures.onChoose(placeOf(event));
  };
  const onLeave = (): void => gestures.onHover(undefined);
  const onWheel = (event: WheelEvent): void => {
    event.preventDefault();
    const line = event.deltaMode === 1 ? 16 : 1;
    const [x] = placeOf(event);
    const isSideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    const view = isSideways
      ? panned(gestures.axis(), gestures.view(), ((event.deltaX || event.deltaY) * line) / gestures.width())
      : zoomed(gestures.axis(), gestures.view(), 2 ** ((event.deltaY * line) / 250), x / gestures.width());
    gestures.onView(view);
  };
  const listeners = [
    ['pointerdown', onDown],
    ['pointermove', onMove],
    ['pointerup', onUp],
    ['pointercancel', onUp],
    ['pointerleave', onLeave],
  ] as const;
  for (const [name, listener] of listeners) element.addEventListener(name, listener);
  element.addEventListener('wheel', onWheel, { passive: false });
  return () => {
    for (const [name, listener] of listeners) element.removeEventListener(name, listener);
    element.removeEventListener('wheel', onWheel);
  };
}
