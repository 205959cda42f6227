import type { LoadedReboot } from '@kexeckit/reboot';
import { LinuxError } from '../../error.ts';
import type { KexecSegment } from '../../syscalls/kexec.ts';
import { forAnyLevel } from '../levels.ts';
import { loadInto, unloadSlot } from '../slots.ts';
import { segmentsOf } from './image.ts';
import type { Route } from './route.ts';

/**
 * One normal kexec_load of all segments and of our purgatory: the kernel keeps copies, moves them to where they must stand when
 * it reboots, and jumps to the purgatory. What is loaded for a panic stays as it is.
 */
export const kernelRoute: Route = {
  strategy: 'kernel',
  inThisProcess: false,
  load: async (reboot, { host, reality, kernel }) => {
    const delivered = deliveredOf(reboot);
    const own = forAnyLevel(reboot, reality);
    loadInto(host, kernel, { entry: own.entry, segments: [...delivered, ...own.segments] }, 'next');
    return {
      digest: async () => undefined,
      check: async () => {},
      discard: () => unloadSlot(host, kernel, 'next'),
    };
  },
};

/** @throws LinuxError `EOPNOTSUPP` for a plan of which the running kernel does not deliver every segment. */
function deliveredOf({ plan: { stage }, contents }: LoadedReboot): KexecSegment[] {
  const { segments } = stage.placement;
  if (stage.kind === 'purgatory' && segments.every(({ placement }) => placement === 'delivered'))
    return segmentsOf(segments, contents);
  throw new LinuxError(
    'EOPNOTSUPP',
    `the kernel delivers no segments of a plan of ${stage.strategy}`,
    'plan it again for kernel',
    { value: stage.strategy },
  );
}
