import { locateMemHole, type Range, subtractRanges } from '@kexeckit/ioport';
import { type LoadedReboot, phases, RebootError } from '@kexeckit/reboot';
import { emitRoutine, PAGE_SIZE, type StagePlan, segmentEnd } from '@kexeckit/relocation';
import { LinuxError } from '../../error.ts';
import type { Host } from '../../host.ts';
import { type KexecSegment, kexecLoad, kexecUnload } from '../../syscalls/kexec.ts';
import { busy } from '../busy.ts';
import { forAnyLevel } from '../levels.ts';
import { attempt, unloadImages } from '../slots.ts';
import { type LoadedImage, segmentsOf } from './image.ts';
import type { Route, RouteContext } from './route.ts';

/**
 * The next kernel's segments go straight into the crash kernel's region, and a small image of our own, which a reboot starts,
 * verifies them and jumps.
 */
export const crashRegion: Route = {
  strategy: 'crash-region',
  inThisProcess: false,
  load: async (reboot, context) => {
    const { host, kernel } = context;
    refuseTaken(context);
    const crash = crashImageOf(reboot);
    const next = forAnyLevel(reboot, context.reality);
    attempt(host, phases.stage, () => kexecLoad(kernel, crash.entry, crash.segments, 'crash'));
    try {
      attempt(host, phases.stage, () => kexecLoad(kernel, next.entry, next.segments, 'next'));
    } catch (error) {
      attempt(host, phases.stage, () => kexecUnload(kernel, 'crash'));
      throw error;
    }
    return {
      digest: async () => undefined,
      check: async (now) => refuseUnloaded(now),
      discard: () => unloadImages(host, kernel),
    };
  },
};

function refuseTaken({ host: { kexecCrashLoaded }, withoutCaptureKernel }: RouteContext): void {
  if (kexecCrashLoaded === true)
    throw busy('a crash kernel is loaded, which this version cannot keep', 'unload it first: kdump-config unload');
  if (!withoutCaptureKernel)
    throw busy(
      'nothing would be kept for a panic: until the reboot one would start the next kernel, and no dump be written',
      'say so with --no-capture-kernel',
    );
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
 * @throws LinuxError `EOPNOTSUPP` for a plan without a region, `ENOSPC` for a region that the segments fill to the last page.
 */
function crashImageOf({ plan: { stage }, contents }: LoadedReboot): LoadedImage {
  if (stage.kind !== 'purgatory' || stage.placement.region === undefined)
    throw new LinuxError('EOPNOTSUPP', `a plan of ${stage.strategy} has no region`, 'plan it again for crash-region', {
      value: stage.strategy,
    });
  const { entry, dtb, region } = stage.placement;
  const stub = stubFor(stage, region, { entry, dtb });
  return { entry: stub.mem, segments: [...segmentsOf(stage.placement.segments, contents), stub] };
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
