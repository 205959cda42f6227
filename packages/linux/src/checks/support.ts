import { kexecCalls, lacksKexec } from '../facts.ts';
import { blocker, type Finding, notKnown, ok, seen, warning } from '../finding.ts';
import type { Host } from '../host-values.ts';
import { ON_HOST } from './check.ts';

const REMEDY = 'boot a kernel with CONFIG_KEXEC';

/** Which of the two system calls the kernel has. */
export function checkSupport(host: Host): Finding {
  const id = 'kexec-support';
  if (lacksKexec(host)) {
    return blocker(
      id,
      'the kernel was built without kexec',
      'neither /sys/kernel/kexec_loaded nor /proc/sys/kernel/kexec_load_disabled exists: the system calls give ENOSYS',
      'boot a kernel with CONFIG_KEXEC or CONFIG_KEXEC_FILE',
      seen(host, 'kexecLoaded', 'kexecLoadDisabled'),
    );
  }
  if (host.kexecLoaded === undefined && host.kexecLoadDisabled === undefined) {
    return notKnown(id, host, 'kexecLoaded', 'whether the kernel has kexec', ON_HOST);
  }
  const { kexecLoad, kexecFileLoad } = kexecCalls(host);
  if (kexecLoad === undefined)
    return notKnown(
      id,
      host,
      'kexecCalls',
      'whether the kernel has kexec_load',
      'look for CONFIG_KEXEC in its configuration',
    );
  const evidence = seen(host, 'kexecCalls');
  if (kexecLoad) {
    const what = kexecFileLoad ? 'the kernel has kexec_load and kexec_file_load' : 'the kernel has kexec_load';
    return ok(id, what, 'plans are loaded by kexec_load', evidence);
  }
  return warning(
    id,
    'the kernel has kexec_file_load only',
    'kexec_load gives ENOSYS: Linux places and moves everything itself',
    REMEDY,
    evidence,
  );
}
