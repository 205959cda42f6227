import { type Accessor, createMemo } from 'solid-js';
import { type Axis, axisOf, type Scale } from '../features/map/model/axis.ts';
import type { Problem } from '../features/map/model/found.ts';
import { problemMarks } from '../features/map/model/found.ts';
import { type MapModel, modelOf, noPlanPages } from '../features/map/model/model.ts';
import { type Picked, pickedById } from '../features/map/model/pick.ts';
import { rowWith } from '../features/map/model/tree.ts';
import { type View, viewFrom, viewText, viewWith, wholeView } from '../features/map/model/view.ts';
import type { Address } from './address.ts';
import type { MapPlay } from './map-play.ts';
import { params } from './params.ts';

const PARAMS = params.map;

/** What of a map is looked at; the address keeps it. */
export interface MapLook {
  readonly model: Accessor<MapModel>;
  readonly axis: Accessor<Axis>;
  readonly view: Accessor<View>;
  readonly chosen: Accessor<Picked | undefined>;
  /** The line of the resource tree that is chosen, or that holds what is. */
  readonly row: Accessor<number | undefined>;
  readonly problems: Accessor<readonly Problem[]>;
  readonly setView: (view: View) => void;
  readonly setScale: (scale: Scale) => void;
  /** Chooses a mark, and shows it where it is not seen. */
  readonly choose: (id: string | undefined) => void;
}

/** Follows the address. */
export function createMapLook({ machine, plan, runs }: MapPlay, { param, setParams }: Address): MapLook {
  const problems = createMemo(() => [
    ...(plan()?.problems ?? []),
    ...runs().flatMap(({ problem }) => (problem === undefined ? [] : [problem])),
  ]);
  const model = createMemo(() => {
    const marks = [...(machine()?.marks ?? []), ...(plan()?.marks ?? []), ...problemMarks(problems())];
    return modelOf(marks, plan()?.pages ?? noPlanPages);
  });
  const scale = (): Scale => (param(PARAMS.scale) === 'linear' ? 'linear' : 'compressed');
  const axis = createMemo(() => axisOf(scale(), model().extent));
  const view = createMemo(() => viewFrom(axis(), param(PARAMS.window)) ?? wholeView(axis()));
  const chosen = createMemo(() => pickedById(model(), machine()?.resources ?? [], param(PARAMS.mark)));
  const row = createMemo(() => {
    const id = chosen()?.id;
    if (id === undefined) return undefined;
    const index = /^row@(\d+)$/.exec(id)?.[1];
    if (index !== undefined) return Number(index);
    const { first, end } = chosen()?.frames ?? { first: 0, end: 1 };
    const range = { start: BigInt(Math.floor(first * 4096)), end: BigInt(Math.ceil(end * 4096)) - 1n };
    return rowWith(machine()?.resources ?? [], range);
  });
  const setView = (next: View): void => {
    const isWhole = next.from <= 0 && next.to >= axis().end;
    setParams(new Map([[PARAMS.window, isWhole ? undefined : viewText(next)]]));
  };
  const choose = (id: string | undefined): void => {
    setParams(new Map([[PARAMS.mark, id]]));
    const picked = chosen();
    if (picked === undefined) return;
    const next = viewWith(axis(), view(), picked.frames.first, picked.frames.end);
    if (next !== view()) setView(next);
  };
  return {
    ...{ model, axis, view, chosen, row, problems, setView, choose },
    setScale: (next) => setParams(new Map([[PARAMS.scale, next === 'linear' ? next : undefined]])),
  };
}
