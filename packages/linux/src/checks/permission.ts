import { blocker, type Finding, notKnown, ok, seen } from '../finding.ts';
import type { Host } from '../host-values.ts';
import { AS_ROOT } from './check.ts';

export function checkPermission(host: Host): Finding {
  const id = 'permission';
  const why = 'loading a kernel takes CAP_SYS_BOOT in the initial user namespace: else EPERM';
  const { capabilities, initialNamespace } = host;
  if (capabilities?.sysBoot === false) {
    const todo = 'run as root, or give the capability to it';
    return blocker(id, 'this process does not have CAP_SYS_BOOT', why, todo, seen(host, 'capabilities'));
  }
  if (initialNamespace === false) {
    const evidence = seen(host, 'initialNamespace');
    return blocker(id, 'this process is in a user namespace of its own', why, AS_ROOT, evidence);
  }
  if (capabilities === undefined) return notKnown(id, host, 'capabilities', 'whether CAP_SYS_BOOT is held', AS_ROOT);
  if (initialNamespace === undefined) {
    return notKnown(id, host, 'initialNamespace', 'whether CAP_SYS_BOOT counts here', AS_ROOT);
  }
  return ok(id, 'this process has CAP_SYS_BOOT', why, seen(host, 'capabilities', 'initialNamespace'));
}
