import { alignDown, type Range, rangeContains, rangeSize, rangesOverlap } from '@kexeckit/ioport';
import { RelocationError } from './error.ts';
import { hex, MIB, MIB2 } from './page.ts';
import type { RegionParameter } from './region-parameters.ts';
import { type Segment, segmentRange } from './segment.ts';

/** A reserved region holds two images: one in each half. */
export type Half = 'lower' | 'upper';

/** A kernel image is placed on this boundary (booting.rst), so that each half starts on one. */
const HALF_ALIGN = MIB2;

/** An image in a half of the region. */
export interface RegionImage {
  readonly half: Half;
  /** Everything that was written for it. */
  readonly segments: readonly Segment[];
}

/**
 * What a region holds, from one kernel to the next. A value: every step gives a new one.
 *
 * `load → registered`, or `load → failed`: then the image that was registered before still is, and can be booted.
 */
export interface RegionState {
  /** The whole region, both halves. */
  readonly region: Range;
  /** The half that the running kernel lives in; `undefined` where it was booted outside the region. */
  readonly running: Half | undefined;
  /** What a reboot would start. */
  readonly registered: RegionImage | undefined;
  /** What is being loaded; it counts for nothing until it is registered. */
  readonly loading: RegionImage | undefined;
}

/** Whether a region has two halves on 2 MiB boundaries. */
export const isDivisible = (region: Range): boolean =>
  region.start % HALF_ALIGN === 0n && rangeSize(region) >= 2n * HALF_ALIGN;

/**
 * The state of a region that was just reserved by a kernel outside it.
 *
 * @throws RelocationError `EINVAL` for a region that is not divisible.
 */
export function reservedRegion(region: Range): RegionState {
  if (!isDivisible(region)) {
    throw new RelocationError(
      'EINVAL',
      `the region ${hex(region.start)} to ${hex(region.end)} cannot hold two images`,
      'reserve at least 4 MiB, on a 2 MiB boundary',
      { address: region.start },
    );
  }
  return { region, running: undefined, registered: undefined, loading: undefined };
}

/** A half of a region as addresses; both are equally long, a whole number of 2 MiB. */
export function halfOf(region: Range, half: Half): Range {
  const size = alignDown(rangeSize(region) / 2n, HALF_ALIGN);
  const start = half === 'lower' ? region.start : region.start + size;
  return { start, end: start + size - 1n };
}

/** The other half. */
export const otherHalf = (half: Half): Half => (half === 'lower' ? 'upper' : 'lower');

/**
 * The half that the next image goes to: the one that neither the running kernel nor the registered image is in.
 *
 * @throws RelocationError `EBUSY` where there is none: the running kernel is in one half, the registered image in the other.
 */
export function nextHalf({ region, running, registered }: RegionState): Half {
  const half = otherHalf(running ?? registered?.half ?? 'upper');
  if (half === registered?.half) {
    throw new RelocationError(
      'EBUSY',
      `the running kernel is in the ${running} half, the registered image in the ${half} one`,
      'reboot into the registered image, or unload it first',
      { address: halfOf(region, half).start },
    );
  }
  return half;
}

/**
 * Starts a load. From here on its segments may be written, and nothing else.
 *
 * @throws RelocationError `EALREADY` while another load is under way; `EBUSY` as `nextHalf` does, and for a segment that
 * would damage the registered image or the running kernel; `EADDRNOTAVAIL` for a segment outside the half.
 */
export function startLoad(state: RegionState, segments: readonly Segment[]): RegionState {
  if (state.loading !== undefined) {
    throw new RelocationError(
      'EALREADY',
      `an image is being loaded into the ${state.loading.half} half`,
      'wait until that load has ended',
    );
  }
  const half = nextHalf(state);
  const room = halfOf(state.region, half);
  for (const segment of segments) {
    checkHarmless(state, segment);
    if (!rangeContains(room, segmentRange(segment))) {
      throw new RelocationError(
        'EADDRNOTAVAIL',
        `segment ${segment.name} at ${hex(segment.mem)}, size ${hex(segment.memsz)}, is not in the ${half} half`,
        `it is ${hex(room.start)} to ${hex(room.end)}`,
        { address: segment.mem },
      );
    }
  }
  return { ...state, loading: { half, segments } };
}

/** Refuses a write to what must stay. */
function checkHarmless({ region, running, registered }: RegionState, segment: Segment): void {
  const place = segmentRange(segment);
  const damaged = registered?.segments.find((other) => rangesOverlap(segmentRange(other), place));
  const refuse = (what: string): never => {
    throw new RelocationError(
      'EBUSY',
      `segment ${segment.name} at ${hex(segment.mem)} would damage ${what}`,
      'load into the half that nextHalf gives',
      { address: segment.mem },
    );
  };
  if (damaged !== undefined) refuse(`segment ${damaged.name} of the registered image`);
  if (running !== undefined && rangesOverlap(halfOf(region, running), place)) refuse('the running kernel');
}

/** The load has ended well, its proof included: what it loaded is registered in the place of what was. */
export function registerImage(state: RegionState): RegionState {
  const registered = loadUnderWay(state);
  return { ...state, registered, loading: undefined };
}

/** The load has failed: what was registered before still is, and none of it was written. */
export function failLoad(state: RegionState): RegionState {
  loadUnderWay(state);
  return { ...state, loading: undefined };
}

/** Unregisters the image; its half is free then. */
export function unloadImage(state: RegionState): RegionState {
  return { ...state, registered: undefined };
}

/**
 * Reboots into the registered image. A load that was under way is lost.
 *
 * @throws RelocationError `ENOENT` where no image is registered.
 */
export function rebootIntoImage({ region, registered }: RegionState): RegionState {
  if (registered === undefined)
    throw new RelocationError('ENOENT', 'no image is registered in the region', 'load one first');
  return { region, running: registered.half, registered: undefined, loading: undefined };
}

/**
 * What the command line of the kernel in a half must carry, so that its own next image has a place again: the other half.
 * Its own half it cannot reserve, because it lives there.
 *
 * @param half where the kernel will run; `undefined` for a kernel outside the region, which reserves all of it.
 */
export function regionParameter(name: RegionParameter, region: Range, half: Half | undefined): string {
  const range = half === undefined ? region : halfOf(region, otherHalf(half));
  const size = rangeSize(range);
  return `${name}=${size % MIB === 0n ? `${size >> 20n}M` : `${size >> 10n}K`}@${hex(range.start)}`;
}

function loadUnderWay({ loading }: RegionState): RegionImage {
  if (loading === undefined)
    throw new RelocationError('ENOENT', 'no image is being loaded into the region', 'start a load first');
  return loading;
}
