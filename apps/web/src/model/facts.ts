import { rangeSize } from '@kexeckit/ioport';
import type { RebootReport } from '@kexeckit/reboot';
import { copiesOf, type StagePlan } from '@kexeckit/relocation';
import { bytesText, count, pagesText } from './format.ts';

/** A figure worth a look: its name, its value, and what it means. */
export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly detail: string;
}

/** A descriptor of 8 bytes for each page of 4 KiB: what a copy of the linear map takes without blocks. */
const LINEAR_MAP_SHARE = 512;

/** How many facts there are, for the page to keep their place. */
export const FACTS = 6;

/** The facts of a run; always {@link FACTS} of them. */
export function factsOf(report: RebootReport): Fact[] {
  const plan = report.plan.relocation;
  const said = new Map(report.facts);
  const counted = (name: string): string => said.get(name) ?? '–';
  return [
    {
      name: 'instructions retired',
      value: counted('instructions retired'),
      detail: `A64 words that the strict machine executed, ${counted('uncached accesses')} accesses past the caches`,
    },
    copyFact(plan),
    {
      name: 'cache lines cleaned by the routine',
      value: counted('cache lines cleaned'),
      detail: `to the point of coherency; ${counted('cache lines filled')} lines filled`,
    },
    cleanedFact(plan),
    tableFact(plan),
    {
      name: 'destinations read back',
      value: `${report.destinations.length} of ${plan.placement.segments.length}`,
      detail: `SHA-256 at the jump as planned: ${report.destinations.map(({ segment, sha256 }) => `${segment} ${sha256.slice(0, 8)}…`).join(', ')}`,
    },
  ];
}

function copyFact(plan: StagePlan): Fact {
  const { pages, length } = copiesOf(plan);
  const lists = plan.controlPages.filter(({ owner }) => owner === 'entry list').length;
  return {
    name: 'pages copied',
    value: count(pages),
    detail:
      pages === 0
        ? 'everything was loaded where it belongs'
        : `in ${count(length)} runs, listed in ${pagesText(lists)} of entries`,
  };
}

function cleanedFact(plan: StagePlan): Fact {
  const bytes = plan.cleanAtLoad.reduce((sum, range) => sum + Number(rangeSize(range)), 0);
  return {
    name: 'cleaned at load',
    value: bytesText(bytes),
    detail: `${count(bytes / 64)} lines, of what is next read with the MMU off`,
  };
}

function tableFact(plan: StagePlan): Fact {
  const tables = plan.controlPages.filter(({ owner }) => owner === 'table').length;
  const ram = plan.placement.ram.reduce((sum, range) => sum + Number(rangeSize(range)), 0);
  const linear = `a page-granular copy of the linear map takes RAM/512: ${bytesText(ram / LINEAR_MAP_SHARE)}`;
  return {
    name: 'table pages',
    value: count(tables),
    detail: tables === 0 ? `none needed; ${linear}` : `${bytesText(tables * 4096)}; ${linear}`,
  };
}
