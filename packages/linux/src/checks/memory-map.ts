import { type ExcerptSign, excerptSign, loneCrashRegions, type Range } from '@kexeckit/ioport';
import { ramOf } from '../crashkernel/kernel.ts';
import { LinuxError } from '../error.ts';
import { hostMemory, hostRam, humanSize, totalSize } from '../facts.ts';
import { blocker, type Finding, ok, seen, warning } from '../finding.ts';
import type { Host } from '../host-values.ts';

/** Kernels that insert the region late list it in place of the RAM that it was taken from. */
function withoutItsRam(host: Host, { start, end }: Range): Finding {
  const { exact, bytes } = ramOf(host);
  return warning(
    'memory-map',
    '/proc/iomem lists Crash kernel without the System RAM around it',
    'that RAM is missing from the map: nothing is placed there, and ranges of crashkernel= count more RAM than is shown',
    exact
      ? `nothing: the kernel counts ${humanSize(bytes)}, as its log says`
      : 'take the size of RAM from the line "Memory:" of dmesg',
    [{ path: '/proc/iomem', text: `${start.toString(16)}-${end.toString(16)} : Crash kernel` }],
  );
}

const EXCERPTS: Readonly<Record<ExcerptSign['missing'], string>> = {
  'System RAM': 'System RAM',
  'running kernel': 'the running kernel',
  reserved: 'anything as reserved in System RAM',
};

function excerpt(id: Finding['id'], { missing }: ExcerptSign, evidence: Finding['evidence']): Finding {
  return warning(
    id,
    `/proc/iomem does not list ${EXCERPTS[missing]}: it is an excerpt`,
    'what else is taken in System RAM is not known: a segment can be placed where it may not stand',
    'give the whole map, not what grep found in it: cat /proc/iomem as root',
    evidence,
  );
}

export function checkMemoryMap(host: Host): Finding {
  const id = 'memory-map';
  const why = 'without the true System RAM no segment can be placed, by kexeckit or by kexec_load';
  try {
    const ram = hostRam(host);
    const text = `${ram.length} ranges of System RAM`;
    const evidence = [{ path: '/proc/iomem', text }];
    const memory = hostMemory(host);
    const [lone] = loneCrashRegions(memory);
    if (lone !== undefined) return withoutItsRam(host, lone);
    const sign = excerptSign(memory);
    if (sign !== undefined) return excerpt(id, sign, evidence);
    return ok(id, `/proc/iomem shows ${humanSize(totalSize(ram))} of System RAM`, 'segments can be placed', evidence);
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    return blocker(
      id,
      error.message,
      error.code === 'EPERM' ? `it was read without privilege: ${why}` : why,
      error.code === 'EINVAL' && host.iomem !== undefined
        ? `${error.hint}; add --lenient for a map that was pasted`
        : error.hint,
      host.iomem === undefined
        ? seen(host, 'iomem')
        : [{ path: '/proc/iomem', text: host.iomem.slice(0, 60).split('\n')[0] ?? '' }],
    );
  }
}
