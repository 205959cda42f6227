import { locateMemHole, type Range, subtractRanges } from '@kexeckit/ioport';
import type { LoadedReboot, Reality } from '@kexeckit/reboot';
import { emitRoutine, PAGE_SIZE, type PlannedSegment, type StagePlan, segmentEnd } from '@kexeckit/relocation';
import { LinuxError } from '../error.ts';
import type { KexecSegment } from '../syscalls/kexec.ts';
import { forAnyLevel } from './levels.ts';

/** What one kexec_load is given. */
export interface LoadedImage {
  /** Physical address that the kernel jumps to. */
  readonly entry: bigint;
  readonly segments: readonly KexecSegment[];
}

/** The two images that a kernel holds while a reboot is staged. */
export interface HostImages {
  /** The next kernel's segments, straight where they must stand: what a panic would jump to, too. */
  readonly crash: LoadedImage;
  /** Our purgatory, which the reboot jumps to. */
  readonly next: LoadedImage;
}

/**
 * Lays a reboot in place out for kexec_load: the segments for the crash kernel's region, where they stay, and the plan's own
 * pages for the image that a reboot starts.
 *
 * @throws LinuxError `EOPNOTSUPP` for a plan that moves pages, `ENOSPC` for a region that the segments fill to the last page.
 */
export function imagesOf(reboot: LoadedReboot, reality: Reality): HostImages {
  const { stage } = reboot.plan;
  if (stage.kind !== 'purgatory' || stage.placement.region === undefined)
    throw new LinuxError(
      'EOPNOTSUPP',
      `strategy ${stage.strategy} moves pages, which this version does not do on a host`,
      'choose one that loads into the region of crashkernel=',
      { value: stage.strategy },
    );
  const { segments, entry, dtb } = stage.placement;
  const stub = stubFor(stage, stage.placement.region, { entry, dtb });
  return {
    crash: {
      entry: stub.mem,
      segments: [
        ...segments.filter(({ memsz }) => memsz > 0n).map((segment) => segmentOf(segment, reboot.contents)),
        stub,
      ],
    },
    next: forAnyLevel(reboot, reality),
  };
}

const segmentOf = (segment: PlannedSegment, contents: LoadedReboot['contents']): KexecSegment => ({
  content: contents.get(segment.name) ?? new Uint8Array(),
  mem: segment.mem,
  memsz: segment.memsz,
});

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
