import { isArm64 } from '../facts.ts';
import { blocker, type Finding, notKnown, ok, seen } from '../finding.ts';
import type { Host } from '../host-values.ts';

export function checkArchitecture(host: Host): Finding {
  const id = 'architecture';
  const arm64 = isArm64(host);
  if (arm64 === undefined) return notKnown(id, host, 'architecture', 'the architecture', 'look at uname -m');
  const evidence = seen(host, 'architecture');
  if (arm64) return ok(id, `the kernel is for ${host.architecture}`, 'kexeckit plans reboots of arm64', evidence);
  return blocker(
    id,
    `the kernel is for ${host.architecture}`,
    'boot protocol, page tables and relocation routine are those of arm64',
    'use kexec-tools on this host, or rehearse with the simulated machine or QEMU',
    evidence,
  );
}
