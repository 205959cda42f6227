import { findByName, type Range, rangeContains, rangesOverlap } from '@kexeckit/ioport';
import { digestPages, type LoadedReboot, phases, type Reality, RebootError } from '@kexeckit/reboot';
import { pfnOf, regionParameters } from '@kexeckit/relocation';
import { hostRam } from '../../facts.ts';
import type { Host } from '../../host.ts';
import type { PhysicalMemory } from '../../syscalls/dev-mem.ts';
import { forAnyLevel } from '../levels.ts';
import { loadInto, unloadSlot } from '../slots.ts';
import { keptPlaces, withMemory } from './kept-memory.ts';
import type { Route } from './route.ts';

/**
 * The next kernel's segments are written through /dev/mem into memory that the running kernel was told to leave alone, and a
 * small image of our own, which a reboot starts, verifies them and jumps.
 */
export const devMem: Route = {
  strategy: 'reserved',
  inThisProcess: false,
  load: async (reboot, context) => {
    const { host, kernel, reality } = context;
    refuseElsewhere(reboot, reality);
    const next = forAnyLevel(reboot, reality);
    await withMemory(context, placesOf(reboot), (memory) => writeSegments(reboot, memory));
    loadInto(host, kernel, next, 'next');
    return {
      digest: async () =>
        await withMemory(context, placesOf(reboot), (memory) =>
          digestPages(reboot.image, (pfn) => (memory.has(pfn) ? memory.read(pfn) : reboot.image.page(pfn))),
        ),
      check: async (now) => refuseTaken(reboot, now),
      discard: () => unloadSlot(host, kernel, 'next'),
    };
  },
};

const placesOf = ({ plan: { stage } }: LoadedReboot): Range[] => keptPlaces(stage.placement.segments);

function writeSegments({ plan, image }: LoadedReboot, memory: PhysicalMemory): void {
  for (const { mem, memsz } of plan.stage.placement.segments)
    for (let pfn = pfnOf(mem); pfn < pfnOf(mem + memsz); pfn++) memory.write(pfn, image.page(pfn) ?? new Uint8Array());
  memory.flush();
}

/** Nothing is written but to the region that the machine has now. */
function refuseElsewhere(reboot: LoadedReboot, { memory }: Reality): void {
  const regions = findByName(memory, regionParameters.kexeckernel.resource);
  const outside = placesOf(reboot).find((place) => !regions.some((region) => rangeContains(region, place)));
  if (outside === undefined) return;
  throw new RebootError(
    'ENODEV',
    `0x${outside.start.toString(16)} is in no region that was kept from the running kernel`,
    'plan again; a region is kept by a reboot with --reserve, or by mem= where there is no UEFI',
    { phase: phases.stage },
  );
}

function refuseTaken(reboot: LoadedReboot, now: Host): void {
  const taken = placesOf(reboot).find((place) => hostRam(now).some((ram) => rangesOverlap(ram, place)));
  if (taken === undefined) return;
  throw new RebootError(
    'ESTALE',
    `the kernel has taken memory at 0x${taken.start.toString(16)} for itself, where the image stands`,
    'stage it again',
    { phase: phases.stage },
  );
}
