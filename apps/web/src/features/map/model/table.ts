import { addressOf } from '@kexeckit/relocation';
import { count, hex } from '../../../shared/format.ts';
import { type Mark, withPlan } from './marks.ts';
import { type MapModel, modelOf, noPlanPages, ownKinds, type PlanOnMap, type PlanPages } from './model.ts';
import { type PageSet, pagesIn, runOf, runsIn } from './page-set.ts';
import { pagesOf, rangeOfPages } from './ranges.ts';

/** A line of the table that says what the map shows. */
export interface TableLine {
  /** Names it in a link; undefined for what cannot be chosen. */
  readonly id: string | undefined;
  readonly name: string;
  readonly start: bigint;
  readonly end: bigint;
  readonly pages: number;
  readonly note: string;
}

/** Lines that are made when they are asked for: there may be millions. */
export interface MapLines {
  readonly length: number;
  readonly at: (index: number) => TableLine | undefined;
}

/** Every mark, then every run of source pages, then every run of a plan's own pages. */
export function mapLines({ marks, pages: { sources, own } }: Pick<MapModel, 'marks' | 'pages'>): MapLines {
  const sets: readonly (readonly [name: string, PageSet])[] = [
    ['source pages', sources],
    ...ownKinds.map((kind) => [kind, own[kind]] as const),
  ];
  const ofMark = (index: number): TableLine | undefined => {
    const mark = marks[index];
    if (mark === undefined) return undefined;
    const { id, name, start, end, note = '' } = mark;
    return { id, name, start, end, pages: pagesOf(mark), note };
  };
  return {
    length: marks.length + sets.reduce((sum, [, set]) => sum + runsIn(set), 0),
    at: (index) => {
      if (index < marks.length) return ofMark(index);
      let at = index - marks.length;
      for (const [name, set] of sets) {
        if (at < runsIn(set)) return lineOf(name, set, at);
        at -= runsIn(set);
      }
      return undefined;
    },
  };
}

function lineOf(name: string, set: PageSet, at: number): TableLine | undefined {
  const run = runOf(set, at);
  if (run === undefined) return undefined;
  const { first, pages, other } = run;
  return {
    id: other === undefined ? undefined : `page@${hex(addressOf(first))}`,
    name,
    ...rangeOfPages(first, first + pages - 1),
    pages,
    note: other === undefined ? '' : `copied to ${hex(addressOf(other))}`,
  };
}

/** A machine with a plan in few lines: every mark, every run of the plan's own pages, and the source pages in one. */
export function linesOfPlan(machine: readonly Mark[], plan: PlanOnMap): TableLine[] {
  const { sources, own } = plan.pages;
  const { marks } = modelOf(withPlan(machine, plan.marks), plan.pages);
  const pages: PlanPages = { ...noPlanPages, own };
  return [
    ...linesIn(mapLines({ marks, pages: noPlanPages })),
    ...sourceLine(sources),
    ...linesIn(mapLines({ marks: [], pages })),
  ];
}

const linesIn = ({ length, at }: MapLines): TableLine[] =>
  Array.from({ length }, (_, index) => at(index)).flatMap((line) => line ?? []);

function sourceLine(set: PageSet): TableLine[] {
  const [first, last] = [runOf(set, 0), runOf(set, runsIn(set) - 1)];
  if (first === undefined || last === undefined) return [];
  const range = rangeOfPages(first.first, last.first + last.pages - 1);
  const note = `scattered, in ${count(runsIn(set))} runs`;
  return [{ id: undefined, name: 'source pages', ...range, pages: pagesIn(set), note }];
}

/** What a caption says of the lines. */
export const linesText = ({ length }: MapLines): string => `${count(length)} lines`;
