import { locateMemHole, type Range, subtractRanges } from '@kexeckit/ioport';
import { type LoadedReboot, phases, RebootError } from '@kexeckit/reboot';
import { emitRoutine, PAGE_SIZE, type StagePlan, segmentEnd } from '@kexeckit/relocation';
import { captureImage } from '../../capture/capture-image.ts';
import type { CaptureKernel } from '../../capture/capture-kernel.ts';
import { captureFor, kdumpOf } from '../../capture/panic.ts';
import { restoredAfter, restorer } from '../../capture/restore.ts';
import { LinuxError } from '../../error.ts';
import type { Host } from '../../host.ts';
import type { Kernel } from '../../syscalls/kernel.ts';
import { type KexecSegment, kexecLoad, kexecUnload } from '../../syscalls/kexec.ts';
import { forAnyLevel } from '../levels.ts';
import { attempt, unloadImages } from '../slots.ts';
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
    const restore = await restorer(host, kdumpOf(panic), panic.loseCrashKernel ?? false);
    try {
      loadBoth(host, kernel, crash, next);
    } catch (error) {
      // What stood in the crash slot is lost also where the call failed.
      throw await restoredAfter(error, restore);
    }
    return {
      forPanic: capture?.name ?? 'the next kernel, and nobody writes a dump',
      digest: async () => undefined,
      check: async (now) => refuseUnloaded(now),
      discard: async () => {
        await unloadImages(host, kernel);
        await restore();
      },
    };
  },
};

/** Loads both, or neither. */
function loadBoth(host: Host, kernel: Kernel, crash: LoadedImage, next: LoadedImage): void {
  attempt(host, phases.stage, () => kexecLoad(kernel, crash.entry, crash.segments, 'crash'));
  try {
    attempt(host, phases.stage, () => kexecLoad(kernel, next.entry, next.segments, 'next'));
  } catch (error) {
    attempt(host, phases.stage, () => kexecUnload(kernel, 'crash'));
    throw error;
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
  { reality, panic }: RouteContext,
): Promise<LoadedImage> {
  if (stage.kind !== 'purgatory' || stage.placement.region === undefined)
    throw new LinuxError('EOPNOTSUPP', `a plan of ${stage.strategy} has no region`, 'plan it again for crash-region', {
      value: stage.strategy,
    });
  const { entry, dtb, region } = stage.placement;
  const next = segmentsOf(stage.placement.segments, contents);
  if (capture === undefined) {
    const stub = stubFor(stage, region, { entry, dtb });
    return { entry: stub.mem, segments: [...next, stub] };
  }
  const kept = captureImage(capture, stage, region, reality, await kdumpOf(panic).core(reality.memory));
  return { entry: kept.entry, segments: [...next, ...kept.segments] };
}

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
