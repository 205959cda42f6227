import { blocker, type Finding, notKnown, ok, seen } from '../finding.ts';
import type { Host } from '../host-values.ts';

export function checkLockdown(host: Host): Finding {
  const id = 'lockdown';
  const open = 'it does not restrict loading';
  if (host.lockdown === undefined) {
    const evidence = seen(host, 'lockdown', 'securityModules');
    return host.unread.lockdown?.code === 'ENOENT' && host.securityModules?.includes('lockdown') === false
      ? ok(id, 'the lockdown module is not active', open, evidence)
      : notKnown(id, host, 'lockdown', 'the lockdown state', 'mount securityfs at /sys/kernel/security');
  }
  const evidence = seen(host, 'lockdown');
  if (host.lockdown === 'none') return ok(id, 'lockdown is none', open, evidence);
  return blocker(
    id,
    `lockdown is ${host.lockdown}`,
    'kexec_load gives EPERM; kexec_file_load takes only a kernel whose signature the running kernel trusts',
    'load a signed kernel with kexec_file_load, or boot without lockdown (Secure Boot can switch it on)',
    evidence,
  );
}
