import {
  excerptSign,
  foreignSign,
  locateMemHole,
  type Range,
  type Reservation,
  type ResourceTree,
  rangeSize,
  reserveCrashKernel,
  type Survey,
  surveyOf,
  withoutRegions,
} from '@kexeckit/ioport';
import type { Context } from '../../context.ts';
import { UsageError } from '../../error.ts';
import { readMap } from '../../options/map.ts';
import type { Request } from '../command.ts';
import type { MemoryValues } from './values.ts';

/** Whether a size fits, and where. */
export interface Fit {
  /** Bytes. */
  readonly size: bigint;
  readonly align: bigint;
  readonly below: bigint | undefined;
  /** Where it starts at the lowest, and at the highest; undefined where it fits nowhere. */
  readonly place: { readonly lowest: bigint; readonly highest: bigint } | undefined;
  /** Bytes of the largest piece that would fit so. */
  readonly largest: bigint;
  /** What `crashkernel=` of this size does if nothing is reserved yet. Undefined where a place was asked for that it does not take. */
  readonly asCrash: Reservation | undefined;
}

/** A map, looked at. */
export interface MapSurvey extends Survey {
  readonly from: string;
  readonly all: boolean;
  /** What the map may lack, or is. */
  readonly notes: readonly string[];
  readonly fits: readonly Fit[];
}

const HOST = '/proc/iomem';
const ALIGN = 2n << 20n;

/** @throws UsageError */
export async function survey({ args, options }: Request<MemoryValues>, { io }: Context): Promise<MapSurvey> {
  const { fits = [], align = ALIGN, below, lenient = false, all = false } = options;
  if (fits.length === 0 && (options.align ?? below) !== undefined)
    throw new UsageError('EINVAL', '--align and --below say where a size is to fit', 'give one with --fits');
  const path = args[0] ?? HOST;
  const tree = await readMap(path, 'the map', lenient, io);
  const found = surveyOf(tree);
  return {
    ...found,
    from: path === '-' ? 'standard input' : path,
    all,
    notes: notesOn(tree),
    fits: fits.map((size) => fitOf(tree, found.holes, { size, align, below })),
  };
}

function notesOn(tree: ResourceTree): string[] {
  const foreign = foreignSign(tree);
  if (foreign !== undefined) return [`this is the map of an x86 machine: it has "${foreign}"`];
  const sign = excerptSign(tree);
  return sign === undefined ? [] : [sign.message];
}

function fitOf(tree: ResourceTree, holes: readonly Range[], wish: Pick<Fit, 'size' | 'align' | 'below'>): Fit {
  const { size, align, below } = wish;
  const request = { size, align, ...(below !== undefined && { max: below - 1n }) };
  const [lowest, highest] = [false, true].map((topDown) => locateMemHole(holes, { ...request, topDown }));
  const place = lowest !== undefined && highest !== undefined ? { lowest, highest } : undefined;
  const isPlain = align === ALIGN && below === undefined && foreignSign(tree) === undefined;
  const asCrash = isPlain ? reserveCrashKernel(withoutRegions(tree), { size, base: 0n }) : undefined;
  return { ...wish, place, largest: largestIn(holes, align, below), asCrash };
}

/** The most that starts aligned in one hole. */
function largestIn(holes: readonly Range[], align: bigint, below: bigint | undefined): bigint {
  let most = 0n;
  for (const { start, end } of holes) {
    const last = below !== undefined && below - 1n < end ? below - 1n : end;
    const first = (start + align - 1n) & -align;
    if (first <= last)
      most = rangeSize({ start: first, end: last }) > most ? rangeSize({ start: first, end: last }) : most;
  }
  return most;
}
