import { lacksKexec } from '../facts.ts';
import { type Finding, notKnown, ok, seen, warning } from '../finding.ts';
import type { Host } from '../host-values.ts';

export function checkAlreadyLoaded(host: Host): Finding | undefined {
  const id = 'already-loaded';
  if (lacksKexec(host)) return undefined;
  if (host.kexecLoaded === undefined) {
    return notKnown(id, host, 'kexecLoaded', 'whether a kernel is loaded', 'mount sysfs at /sys');
  }
  const evidence = seen(host, 'kexecLoaded');
  if (!host.kexecLoaded) return ok(id, 'no kernel is loaded', 'nothing is replaced by loading one', evidence);
  return warning(
    id,
    'a kernel is already loaded',
    'loading replaces it, and until then systemctl reboot runs it',
    'unload it with kexeckit unload or kexec -u, or keep it from running with SYSTEMCTL_SKIP_AUTO_KEXEC=1',
    evidence,
  );
}
