import { locateMemHole, type Range, subtractRanges } from '@kexeckit/ioport';
import { type LoadedReboot, phases, RebootError } from '@kexeckit/reboot';
import { emitRoutine, PAGE_SIZE, type StagePlan, segmentEnd } from '@kexeckit/relocation';
import { besidePlan, captureImage } from '../../capture/capture-image.ts';
import type { CaptureKernel } from '../../capture/capture-kernel.ts';
import { captureFor, kdumpOf } from '../../capture/panic.ts';
import { nothingToRestore, type Restore, restoredAfter, restorer } from '../../capture/restore.ts';
import { LinuxError } from '../../error.ts';
import { hostMemory } from '../../facts.ts';
import type { Host } from '../../host.ts';
import { LIMIT_REMEDY, LIMIT_WHY, tooFewCalls } from '../../load-limits.ts';
import { crashRegionPages } from '../../region.ts';
import type { Kernel } from '../../syscalls/kernel.ts';
import type { KexecSegment } from '../../syscalls/kexec.ts';
import { forAnyLevel } from '../levels.ts';
import { loadInto, unloadImages, unloadSlot } from '../slots.ts';
import { type LoadedImage, segmentsOf } from './image.ts';
import type { Route, RouteContext } from './route.ts';

/**
 * The next kernel's segments go straight into the crash kernel's region, beside the capture kernel that a panic starts, and a
 * small image of our own, which a reboot starts, verifies them and jumps.
 */
export const crashRegion: Route = {
  strategy: 'crash-region',
  inThisProcess: false,
  load: async (reboot, context) => {
    const { host, kernel, panic } = context;
    const capture = await captureFor(panic, host);
    const crash = await crashImageOf(reboot, capture, context);
    const next = forAnyLevel(reboot, context.reality);
    const restore = await restorer(host, kernel, kdumpOf(panic), panic.loseCrashKernel ?? false);
    refuseLimited(host, restore);
    await loadBoth({ crash, next }, context, restore);
    return {
      forPanic: capture?.name ?? 'the next kernel, and nobody writes a dump',
      digest: async () => undefined,
      check: async (now) => refuseUnloaded(now),
      discard: async () => {
        await unloadImages(host, kernel);
        // What somebody else has loaded since stays.
        if (kernel.state('crash') === 'empty') await restore();
      },
    };
  },
};

/** Before anything is lost: what cannot be undone, or not loaded again for a panic, is not begun. */
function refuseLimited(host: Host, restore: Restore): void {
  const few = tooFewCalls(host, 'crash', restore !== nothingToRestore);
  if (few === undefined) return;
  throw new RebootError('EPERM', `${few}: ${LIMIT_WHY}`, `choose another strategy; ${LIMIT_REMEDY}`, {
    phase: phases.stage,
  });
}

/** Loads both, or neither. */
async function loadBoth(
  { crash, next }: { readonly crash: LoadedImage; readonly next: LoadedImage },
  { host, kernel }: RouteContext,
  restore: Restore,
): Promise<void> {
  try {
    loadInto(host, kernel, crash, 'crash');
  } catch (error) {
    // What stood in the crash slot is lost also where the call failed, unless it was refused before it began.
    throw kernel.state('crash') === 'as before' ? error : await restoredAfter(error, restore);
  }
  try {
    loadInto(host, kernel, next, 'next');
  } catch (error) {
    throw await restoredAfter(await undone(error, host, kernel), restore);
  }
}

/** Unloads the crash image because of an error, and returns that error. Where that fails, too, it says what is left loaded. */
async function undone(error: unknown, host: Host, kernel: Kernel): Promise<unknown> {
  try {
    await unloadSlot(host, kernel, 'crash');
    return error;
  } catch (second) {
    if (!(error instanceof RebootError && second instanceof RebootError)) return error;
    return new RebootError(
      error.code,
      `${error.message}; and what a panic starts could not be unloaded (${second.message}): that is our image until something else is loaded for a panic`,
      `unload it: kexeckit unload; then ${error.hint}`,
      { phase: phases.stage, cause: error },
    );
  }
}

function refuseUnloaded({ kexecCrashLoaded }: Host): void {
  if (kexecCrashLoaded === true) return;
  throw new RebootError('ESTALE', 'somebody has unloaded the image from the crash region', 'stage it again', {
    phase: phases.stage,
  });
}

/**
 * The segments in the region, where they stay, and what a panic would start.
 *
 * @throws LinuxError `EOPNOTSUPP` for a plan without a region, `ENOSPC` for a region without room for what a panic starts.
 */
async function crashImageOf(
  { plan: { stage }, contents }: LoadedReboot,
  capture: CaptureKernel | undefined,
  { host, reality, panic }: RouteContext,
): Promise<LoadedImage> {
  if (stage.kind !== 'purgatory' || stage.placement.region === undefined)
    throw new LinuxError('EOPNOTSUPP', `a plan of ${stage.strategy} has no region`, 'plan it again for crash-region', {
      value: stage.strategy,
    });
  const { entry, dtb, region } = stage.placement;
  refuseElsewhere(region, host);
  const next = segmentsOf(stage.placement.segments, contents);
  if (capture === undefined) {
    const stub = stubFor(stage, region, { entry, dtb });
    return { entry: stub.mem, segments: [...next, stub] };
  }
  // A capture kernel may use both regions, and dumps neither; a plan is shown one.
  const memory = hostMemory(host);
  const kept = captureImage(
    capture,
    besidePlan(stage),
    region,
    { ...reality, memory },
    await kdumpOf(panic).core(memory),
  );
  return { entry: kept.entry, segments: [...next, ...kept.segments] };
}

/** Before anything is lost: Linux would refuse segments outside of the region that it loads into. */
function refuseElsewhere(region: Range, host: Host): void {
  const loadable = crashRegionPages(host, hostMemory(host));
  if (loadable?.start === region.start && loadable.end === region.end) return;
  throw new RebootError(
    'ESTALE',
    `the kernel does not load into the crash region at ${placeOf(region)}: ${loadable === undefined ? 'kexec_crash_size is the size of none' : `it takes ${placeOf(loadable)}`}`,
    'plan again; crashkernel= may have to be written without a second region',
    { phase: phases.stage },
  );
}

const placeOf = ({ start, end }: Range): string => `0x${start.toString(16)}-0x${end.toString(16)}`;

/** A page in the region that starts the next kernel as the boot protocol wants it, and checks nothing: for a panic. */
function stubFor(stage: StagePlan, region: Range, start: { entry: bigint; dtb: bigint }): KexecSegment {
  const { words } = emitRoutine({ exceptionLevel: stage.exceptionLevel, vhe: stage.vhe, ...start });
  const taken = stage.placement.segments
    .filter(({ memsz }) => memsz > 0n)
    .map((segment) => ({ start: segment.mem, end: segmentEnd(segment) }));
  const size = BigInt(PAGE_SIZE);
  const mem = locateMemHole(subtractRanges([region], taken), { size, align: size });
  if (mem === undefined)
    throw new LinuxError('ENOSPC', 'the region has no page left for what a panic jumps to', 'reserve a larger region');
  return { content: new Uint8Array(words.buffer.slice(0)), mem, memsz: size };
}
