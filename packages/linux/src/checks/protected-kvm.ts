import { getParameter } from '@kexeckit/cmdline';
import { startLevel } from '../facts.ts';
import { blocker, type Finding, notKnown, ok, seen, seenInCmdline } from '../finding.ts';
import type { Host } from '../host-values.ts';

export function checkProtectedKvm(host: Host): Finding {
  const id = 'protected-kvm';
  if (host.cmdline === undefined) {
    return notKnown(id, host, 'cmdline', 'whether KVM is protected', 'read /proc/cmdline on the host');
  }
  const mode = seenInCmdline(host, 'kvm-arm.mode');
  if (getParameter(host.cmdline, 'kvm-arm.mode') !== 'protected' || startLevel(host)?.level === 1) {
    const evidence = mode.length === 0 ? seen(host, 'cmdline') : mode;
    return ok(id, 'KVM is not protected', 'the kernel can hand EL2 over', evidence);
  }
  return blocker(
    id,
    'the command line has kvm-arm.mode=protected',
    'a protected hypervisor does not give EL2 back: the load gives EBUSY',
    'boot without kvm-arm.mode=protected',
    mode,
  );
}
