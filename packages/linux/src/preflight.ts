import type { MachineProfile } from '@kexeckit/cost';
import type { Check, Load } from './checks/check.ts';
import { arm64Checks, generalChecks } from './checks/index.ts';
import { LinuxError } from './error.ts';
import { isArm64 } from './facts.ts';
import type { Finding, Severity } from './finding.ts';
import type { Host } from './host-values.ts';

const RANK: Readonly<Record<Severity, number>> = { blocker: 0, warning: 1, ok: 2 };

/**
 * What stands in the way of kexec on this host: blockers first, then warnings, then what is in order. A pure function.
 * On a kernel for another architecture the checks that only make sense on arm64 are left out.
 *
 * @param load What is to be loaded, if known: compared with the limits of this host.
 * @param profile What the host takes, if that was measured: its times take the place of what was published of other machines.
 * @throws {LinuxError} EINVAL for a negative size.
 */
export function preflight(host: Host, load?: Load, profile?: MachineProfile): Finding[] {
  if (load !== undefined && (typeof load.size !== 'bigint' || load.size < 0n)) {
    throw new LinuxError(
      'EINVAL',
      `size ${load.size} is not a number of bytes`,
      'give the bytes that all segments take in memory as a bigint',
      { value: String(load.size) },
    );
  }
  const checks: readonly Check[] = isArm64(host) === false ? generalChecks : [...generalChecks, ...arm64Checks];
  return checks
    .map((check) => check(host, load, profile))
    .filter((finding) => finding !== undefined)
    .sort((a, b) => RANK[a.severity] - RANK[b.severity]);
}
