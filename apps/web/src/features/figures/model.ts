import { rangeSize } from '@kexeckit/ioport';
import { type Arrival, type FigureName, figureOf, type RebootReport } from '@kexeckit/reboot';
import { type ControlPageOwner, copiesOf, PAGE_SIZE, type StagePlan } from '@kexeckit/relocation';
import { bytesText, count, pagesText } from '../../shared/format.ts';

/** A figure of a run in words: its name, its value, and what it means. */
export interface FigureText {
  readonly name: string;
  readonly value: string;
  readonly detail: string;
}

/** A descriptor of 8 bytes for each page of 4 KiB: what a copy of the linear map takes without blocks. */
const LINEAR_MAP_SHARE = 512;

/** How many figures there are, for the page to keep their place. */
export const FIGURES = 6;

/** The figures of a run that are worth a look; always {@link FIGURES} of them. */
export function figureTexts({ plan: { stage, machine }, ending }: RebootReport<Arrival>): FigureText[] {
  const counted = (name: FigureName): string => {
    const value = figureOf(ending, name);
    return value === undefined ? '–' : count(value);
  };
  return [
    {
      name: 'instructions retired',
      value: counted('instructions retired'),
      detail: `A64 words that the strict machine executed, ${counted('uncached accesses')} accesses past the caches`,
    },
    copied(stage),
    {
      name: 'cache lines cleaned by the routine',
      value: counted('cache lines cleaned'),
      detail: `to the point of coherency; ${counted('cache lines filled')} lines filled`,
    },
    cleanedAtLoad(stage, machine.features.dataLine),
    tables(stage),
    readBack(stage, ending),
  ];
}

function copied(stage: StagePlan): FigureText {
  const copies = copiesOf(stage);
  return {
    name: 'pages copied',
    value: count(copies.pages),
    detail:
      copies.pages === 0
        ? 'everything was loaded where it belongs'
        : `in ${count(copies.length)} runs, listed in ${pagesText(owned(stage, 'entry list'))} of entries`,
  };
}

/** @param line bytes of a line of the data cache. */
function cleanedAtLoad({ cleanAtLoad }: StagePlan, line: number): FigureText {
  const bytes = cleanAtLoad.reduce((sum, range) => sum + Number(rangeSize(range)), 0);
  return {
    name: 'cleaned at load',
    value: bytesText(bytes),
    detail: `${count(bytes / line)} lines, of what is next read with the MMU off`,
  };
}

function tables(stage: StagePlan): FigureText {
  const pages = owned(stage, 'table');
  const ram = stage.placement.ram.reduce((sum, range) => sum + Number(rangeSize(range)), 0);
  const linear = `a page-granular copy of the linear map takes RAM/512: ${bytesText(ram / LINEAR_MAP_SHARE)}`;
  return {
    name: 'table pages',
    value: count(pages),
    detail: pages === 0 ? `none needed; ${linear}` : `${bytesText(pages * PAGE_SIZE)}; ${linear}`,
  };
}

function readBack({ placement }: StagePlan, { destinations }: Arrival): FigureText {
  const digests = destinations.map(({ segment, sha256 }) => `${segment} ${sha256.slice(0, 8)}…`).join(', ');
  return {
    name: 'destinations read back',
    value: `${destinations.length} of ${placement.segments.length}`,
    detail: `SHA-256 at the jump as planned: ${digests}`,
  };
}

const owned = ({ controlPages }: StagePlan, owner: ControlPageOwner): number =>
  controlPages.filter((page) => page.owner === owner).length;
