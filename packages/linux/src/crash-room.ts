import { rangeSize } from '@kexeckit/ioport';
import { crashRegions, humanSize, memoryOrUndefined } from './facts.ts';
import { seen } from './finding.ts';
import type { Host } from './host-values.ts';
import type { Evidence } from './reading.ts';
import { loadableCrashRegion, wholePages } from './region.ts';

/** What of the memory for a crash kernel takes a load: kexec_crash_size may count a second region, which takes none. */
export interface CrashRoom {
  /** Bytes, 0 where nothing is reserved; undefined where that is not known. */
  readonly size: bigint | undefined;
  /** Whether /proc/iomem lists regions, and none is the one that kexec_crash_size tells of. */
  readonly isElsewhere: boolean;
  readonly evidence: readonly Evidence[];
}

/** How much a load in the crash kernel's region may take here. */
export function crashRoom(host: Host): CrashRoom {
  const reserved = host.kexecCrashSize;
  const evidence = [...seen(host, 'kexecCrashSize'), ...crashRegionLines(host)];
  const memory = memoryOrUndefined(host);
  // A map that is hidden, or lists none, leaves the kernel's word.
  if (!reserved || memory === undefined || crashRegions(host).length === 0)
    return { size: reserved, isElsewhere: false, evidence };
  const region = loadableCrashRegion(host, memory);
  const whole = region && wholePages(region);
  return { size: whole === undefined ? 0n : rangeSize(whole), isElsewhere: region === undefined, evidence };
}

/** That nothing can be loaded in any of the regions, in words. */
export const elsewhereWords = ({ kexecCrashSize = 0n }: Host): string =>
  `none of the crash regions in /proc/iomem is the one that kexec_crash_size tells of, ${humanSize(kexecCrashSize)}`;

/** The lines of the map that tell of crash regions. */
export const crashRegionLines = (host: Host): Evidence[] =>
  crashRegions(host).map(({ start, end }) => ({
    path: '/proc/iomem',
    text: `${start.toString(16)}-${end.toString(16)} : Crash kernel`,
  }));
