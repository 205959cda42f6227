import type { MachineProfile } from '@kexeckit/cost';
import { loadSize } from '../estimate.ts';
import { humanSize, lacksKexec } from '../facts.ts';
import { type Finding, notKnown, ok, seen, warning } from '../finding.ts';
import type { Host } from '../host-values.ts';
import type { Load } from './check.ts';
import { ownTime } from './own-times.ts';

/** Published in July 2019: 2.31 s for an Image of 13 MiB and an initramfs of 24 MiB, with the caches off. */
const MEASURED_BYTES = 37n << 20n;
const MEASURED_MS = 2310n;

/** kexec-tools' purgatory compares digests with MMU and caches off. What is loaded already may be such an image. */
export function checkChecksumSpeed(host: Host, load?: Load, profile?: MachineProfile): Finding | undefined {
  const id = 'checksum-speed';
  if (lacksKexec(host)) return undefined;
  const { size = MEASURED_BYTES, evidence: sized } = loadSize(host, load);
  const time =
    profile === undefined
      ? `about ${publishedSeconds(size)} s on a Cortex-A72, minutes on some clouds`
      : ownTime({ checksums: 1, uncachedDigestBytes: Number(size) }, profile);
  const slow = `with the caches off the SHA-256 of ${humanSize(size)} takes ${time}`;
  if (host.kexecLoaded === undefined)
    return notKnown(id, host, 'kexecLoaded', 'whether a slow checksum is ahead', 'mount sysfs at /sys');
  const evidence = [...seen(host, 'kexecLoaded'), ...sized];
  if (!host.kexecLoaded)
    return ok(
      id,
      'no slow checksum is ahead',
      `kexeckit's purgatory has the caches on; in kexec-tools', ${slow}`,
      evidence,
    );
  return warning(
    id,
    'the kernel that is loaded may be checked with the caches off',
    `if kexec -c loaded it: ${slow}`,
    'load it again with kexeckit, or without the check (kexec -i, or kexec -s)',
    evidence,
  );
}

const publishedSeconds = (size: bigint): string => (Number((size * MEASURED_MS) / MEASURED_BYTES) / 1000).toFixed(1);
