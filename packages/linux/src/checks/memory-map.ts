import { LinuxError } from '../error.ts';
import { hostRam, humanSize, totalSize } from '../facts.ts';
import { blocker, type Finding, ok, seen } from '../finding.ts';
import type { Host } from '../host-values.ts';

export function checkMemoryMap(host: Host): Finding {
  const id = 'memory-map';
  const why = 'without the true System RAM no segment can be placed, by kexeckit or by kexec_load';
  try {
    const ram = hostRam(host);
    const text = `${ram.length} ranges of System RAM`;
    const evidence = [{ path: '/proc/iomem', text }];
    return ok(id, `/proc/iomem shows ${humanSize(totalSize(ram))} of System RAM`, 'segments can be placed', evidence);
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    return blocker(
      id,
      error.message,
      error.code === 'EPERM' ? `it was read without privilege: ${why}` : why,
      error.hint,
      host.iomem === undefined
        ? seen(host, 'iomem')
        : [{ path: '/proc/iomem', text: host.iomem.slice(0, 60).split('\n')[0] ?? '' }],
    );
  }
}
