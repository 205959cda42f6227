import type { RebootPlan } from '@kexeckit/reboot';
import { type ControlPage, type ControlPageOwner, copiesOf } from '@kexeckit/relocation';
import type { OwnKind, PlanPages } from './model.ts';
import { type PageSet, pageSetOf } from './page-set.ts';

/** What a control page looks like: digests, work page and vectors are the routine's. */
const kindOf = (owner: ControlPageOwner): OwnKind => (owner === 'entry list' || owner === 'table' ? owner : 'routine');

/** A plan's pages as sorted sets. */
export function planPages({ stage }: RebootPlan): PlanPages {
  const copies = copiesOf(stage);
  const sources = new Float64Array(copies.length);
  const destinations = new Float64Array(copies.length);
  const sizes = new Float64Array(copies.length);
  let at = 0;
  for (const { source, destination, pages } of copies) {
    sources[at] = source;
    destinations[at] = destination;
    sizes[at] = pages;
    at += 1;
  }
  const { controlPages } = stage;
  return {
    sources: pageSetOf(sources, sizes, destinations),
    arrivals: pageSetOf(destinations, sizes, sources),
    own: {
      'entry list': ownOf(controlPages, 'entry list'),
      table: ownOf(controlPages, 'table'),
      routine: ownOf(controlPages, 'routine'),
    },
  };
}

function ownOf(controlPages: readonly ControlPage[], kind: OwnKind): PageSet {
  const frames = controlPages.filter(({ owner }) => kindOf(owner) === kind).map(({ pfn }) => pfn);
  return pageSetOf(Float64Array.from(frames), new Float64Array(frames.length).fill(1));
}
