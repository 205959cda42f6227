import { lacksKexec } from '../facts.ts';
import { blocker, type Finding, notKnown, ok, seen } from '../finding.ts';
import type { Host } from '../host-values.ts';
import { ON_HOST } from './check.ts';

export function checkLoadDisabled(host: Host): Finding | undefined {
  const id = 'kexec-load-disabled';
  const open = 'kernels can be loaded as far as the kernel.kexec_load_disabled switch is concerned';
  if (lacksKexec(host)) return undefined;
  const evidence = seen(host, 'kexecLoadDisabled');
  if (host.kexecLoadDisabled === undefined) {
    return host.unread.kexecLoadDisabled?.code === 'ENOENT' && host.kexecLoaded !== undefined
      ? ok(id, 'this kernel has no kexec_load_disabled switch', open, evidence)
      : notKnown(id, host, 'kexecLoadDisabled', 'whether loading is switched off', ON_HOST);
  }
  if (!host.kexecLoadDisabled) return ok(id, 'kexec_load_disabled is 0', open, evidence);
  return blocker(
    id,
    'kexec_load_disabled is 1',
    'loading gives EPERM to everyone; the switch goes one way and holds until the next boot',
    'remove kernel.kexec_load_disabled=1 from the sysctl files and reboot; what is already loaded can still run',
    evidence,
  );
}
