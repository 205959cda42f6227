import type { LoadedReboot } from '@kexeckit/reboot';
import {
  type ControlPageOwner,
  copiesOf,
  type PlacementPlan,
  type PurgatoryPlan,
  pfnOf,
  type RelocationPlan,
  type StagePlan,
} from '@kexeckit/relocation';

/** What of a reboot is sabotaged. */
export const stageOf = (victim: LoadedReboot): StagePlan => victim.plan.stage;

/** The same where pages are moved. @throws where none are: the sabotage is tried on the wrong setup. */
export function relocationOf(victim: LoadedReboot): RelocationPlan {
  const stage = stageOf(victim);
  if (stage.kind !== 'relocation') throw new Error('the victim moves no pages');
  return stage;
}

/** The reboot with another stage. */
export function withStage(victim: LoadedReboot, stage: StagePlan): LoadedReboot {
  return { ...victim, plan: { ...victim.plan, stage } };
}

/** The stage with other fields, of those that both kinds have. */
export function replan(victim: LoadedReboot, change: Partial<Omit<PurgatoryPlan, 'kind'>>): LoadedReboot {
  return withStage(victim, { ...stageOf(victim), ...change });
}

/** The stage with another placement. */
export function replace(victim: LoadedReboot, change: Partial<PlacementPlan>): LoadedReboot {
  return replan(victim, { placement: { ...stageOf(victim).placement, ...change } });
}

/** The pages of one owner, in the plan's order. */
export function controlPages(victim: LoadedReboot, owner: ControlPageOwner): number[] {
  return stageOf(victim)
    .controlPages.filter((page) => page.owner === owner)
    .map(({ pfn }) => pfn);
}

/** A copied page's source and destination. */
export interface PageCopy {
  readonly source: number;
  readonly destination: number;
}

/** The copies of a plan, page for page. */
export function pageCopies(victim: LoadedReboot): PageCopy[] {
  return [...copiesOf(stageOf(victim))].flatMap(({ source, destination, pages }) =>
    Array.from({ length: pages }, (_, page) => ({ source: source + page, destination: destination + page })),
  );
}

/** The pages of segments that stand where they must when the routine begins. */
export function inPlacePages(victim: LoadedReboot): number[] {
  return stageOf(victim)
    .placement.segments.filter(({ placement }) => placement !== 'copied')
    .flatMap(({ mem, memsz }) => Array.from({ length: Number(memsz / 4096n) }, (_, page) => pfnOf(mem) + page));
}
