import { type Accessor, createMemo, createSignal } from 'solid-js';
import type { RehearsedRun } from './compute.ts';
import { type Axis, axisOf, type Scale } from './model/axis.ts';
import { type Problem, problemMarks } from './model/found.ts';
import { type Mark, withPlan } from './model/marks.ts';
import { type MapModel, modelOf, noPlanPages, type PlanOnMap } from './model/model.ts';
import { type Picked, pickedById } from './model/pick.ts';
import { type ResourceRow, rowWith } from './model/tree.ts';
import { type View, viewFrom, viewText, viewWith, wholeView } from './model/view.ts';

/** A machine on a map. */
export interface MachineOnMap {
  readonly marks: readonly Mark[];
  readonly resources: readonly ResourceRow[];
}

/** What is on a map: a machine, a plan on it, and runs of its rehearsal. */
export interface MapSource {
  readonly machine: Accessor<MachineOnMap | undefined>;
  readonly plan: Accessor<(PlanOnMap & { readonly problems: readonly Problem[] }) | undefined>;
  readonly runs: Accessor<readonly RehearsedRun[]>;
}

/** What of a look is kept as a text. */
type KeptName = 'window' | 'scale' | 'mark';

/** Where it is kept: the address, or the page alone. */
export interface KeptLook {
  readonly get: (name: KeptName) => string | undefined;
  readonly set: (name: KeptName, text: string | undefined) => void;
}

/** Keeps a look as long as its page is shown. */
export function createKeptLook(): KeptLook {
  const [texts, setTexts] = createSignal<Readonly<Partial<Record<KeptName, string | undefined>>>>({});
  return {
    get: (name) => texts()[name],
    set: (name, text) => {
      setTexts((before) => ({ ...before, [name]: text }));
    },
  };
}

/** What of a map is looked at. */
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

/** Follows what is kept. */
export function createMapLook({ machine, plan, runs }: MapSource, kept: KeptLook): MapLook {
  const problems = createMemo(() => [
    ...(plan()?.problems ?? []),
    ...runs().flatMap(({ problem }) => (problem === undefined ? [] : [problem])),
  ]);
  const model = createMemo(() => {
    const marks = withPlan(machine()?.marks ?? [], plan()?.marks ?? []);
    return modelOf([...marks, ...problemMarks(problems())], plan()?.pages ?? noPlanPages);
  });
  const scale = (): Scale => (kept.get('scale') === 'linear' ? 'linear' : 'compressed');
  const axis = createMemo(() => axisOf(scale(), model().extent));
  const view = createMemo(() => viewFrom(axis(), kept.get('window')) ?? wholeView(axis()));
  const chosen = createMemo(() => pickedById(model(), machine()?.resources ?? [], kept.get('mark')));
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
    kept.set('window', isWhole ? undefined : viewText(next));
  };
  const choose = (id: string | undefined): void => {
    kept.set('mark', id);
    const picked = chosen();
    if (picked === undefined) return;
    const next = viewWith(axis(), view(), picked.frames.first, picked.frames.end);
    if (next !== view()) setView(next);
  };
  return {
    ...{ model, axis, view, chosen, row, problems, setView, choose },
    setScale: (next) => kept.set('scale', next === 'linear' ? next : undefined),
  };
}
