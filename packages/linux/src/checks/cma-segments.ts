import { isBefore, kernelVersion, kexecCalls } from '../facts.ts';
import { type Finding, notKnown, ok, seen, warning } from '../finding.ts';
import type { Host } from '../host-values.ts';

/** From 6.17 on kexec_file_load puts segments into CMA, where they stay. */
export function checkCmaSegments(host: Host): Finding {
  const id = 'cma-segments';
  const none = 'kexec_file_load places no segment in CMA';
  const { kexecFileLoad } = kexecCalls(host);
  const version = kernelVersion(host);
  if (version !== undefined && isBefore(version, [6, 17]))
    return ok(id, none, 'the kernel is older than 6.17', seen(host, 'osrelease'));
  if (kexecFileLoad === false) return ok(id, none, 'the kernel does not have it', seen(host, 'kexecCalls'));
  if (host.cmaTotal === 0n) return ok(id, none, 'there is no CMA', seen(host, 'cmaTotal'));
  if (version === undefined)
    return notKnown(id, host, 'osrelease', 'whether segments are placed in CMA', 'look at uname -r');
  if (kexecFileLoad === undefined)
    return notKnown(
      id,
      host,
      'kexecCalls',
      'whether kexec_file_load would place segments in CMA',
      'load with --no-cma',
    );
  if (host.cmaTotal === undefined)
    return notKnown(id, host, 'cmaTotal', 'whether there is CMA for segments', 'mount procfs at /proc');
  return warning(
    id,
    `the kernel is ${version.join('.')}: kexec_file_load places segments in CMA where there is room`,
    'Linux cleans what stands in place to memory only where all of an image does: of a mixed image the next kernel can read stale bytes',
    'load by kexec_load, as kexeckit does, or with KEXEC_FILE_NO_CMA (kexec -s --no-cma)',
    seen(host, 'osrelease', 'kexecCalls', 'cmaTotal'),
  );
}
