import type { Axis } from './model/axis.ts';
import type { MapModel } from './model/model.ts';
import { nextMark, nextPage, type Picked } from './model/pick.ts';
import { panned, type View, viewAround, wholeView, zoomed } from './model/view.ts';

/** What a key changes: the view, or what is chosen. */
export interface KeyStep {
  readonly view?: View;
  readonly choose?: string | undefined;
}

/** What the map is like when a key is pressed. */
export interface KeyState {
  readonly model: MapModel;
  readonly axis: Axis;
  readonly view: View;
  readonly chosen: Picked | undefined;
}

const STEP = 0.2;

/** What a key does on the map; undefined for one that does nothing. */
export function keyStep(key: string, { model, axis, view, chosen }: KeyState): KeyStep | undefined {
  switch (key) {
    case 'ArrowLeft':
      return { view: panned(axis, view, -STEP) };
    case 'ArrowRight':
      return { view: panned(axis, view, STEP) };
    case 'Home':
      return { view: panned(axis, view, Number.NEGATIVE_INFINITY) };
    case 'End':
      return { view: panned(axis, view, Number.POSITIVE_INFINITY) };
    case '+':
    case '=':
      return { view: zoomed(axis, view, 0.5) };
    case '-':
      return { view: zoomed(axis, view, 2) };
    case '0':
      return { view: wholeView(axis) };
    case 'ArrowDown':
      return chosenOr(nextMark(model, chosen?.id, 1, view.from));
    case 'ArrowUp':
      return chosenOr(nextMark(model, chosen?.id, -1, view.from));
    case 'PageDown':
      return chosenOr(pageId(nextPage(model, frameOf({ chosen, view }), 1)));
    case 'PageUp':
      return chosenOr(pageId(nextPage(model, frameOf({ chosen, view }), -1)));
    case 'Enter':
      return chosen && { view: viewAround(axis, chosen.frames.first, chosen.frames.end) };
    case 'Escape':
      return { choose: undefined };
    default:
      return undefined;
  }
}

const chosenOr = (id: string | undefined): KeyStep => (id === undefined ? {} : { choose: id });

const pageId = (pfn: number | undefined): string | undefined =>
  pfn === undefined ? undefined : `page@0x${(BigInt(pfn) * 4096n).toString(16)}`;

/** Where the walk from page to page stands. */
const frameOf = ({ chosen, view }: Pick<KeyState, 'chosen' | 'view'>): number =>
  Math.floor(chosen?.frames.first ?? view.from);
