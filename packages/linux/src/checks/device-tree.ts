import { blocker, type Finding, ok, seen, warning } from '../finding.ts';
import type { Host } from '../host-values.ts';

export function checkDeviceTree(host: Host): Finding {
  const id = 'device-tree';
  const source = '/sys/firmware/fdt';
  if (host.fdt !== undefined)
    return ok(id, `${source} can be read`, 'the next kernel gets it, edited', seen(host, 'fdt'));
  const unread = host.unread.fdt;
  const reason = unread?.reason ?? 'it was not read';
  const why = 'the next kernel needs a device tree; the one of the running kernel has what the firmware put in';
  const evidence = seen(host, 'fdt', 'deviceTree');
  if (unread !== undefined && unread.code !== 'ENOENT') {
    const todo =
      unread.code === 'EACCES' || unread.code === 'EPERM' ? 'run as root' : 'read it as root on the host itself';
    return { ...warning(id, `${source} cannot be read: ${reason}`, why, todo, evidence), isKnown: false };
  }
  if (host.deviceTree !== undefined) {
    return warning(
      id,
      `there is /proc/device-tree but no blob in ${source} (${reason})`,
      `${why}; kexec-tools flattens the tree, kexeckit needs the blob`,
      'flatten it (dtc -I fs -O dtb /proc/device-tree) and give the result as dtb',
      evidence,
    );
  }
  return blocker(
    id,
    `there is no device tree: ${source} (${reason}), /proc/device-tree`,
    why,
    'give a dtb of this very machine: one without its memory and reserved memory nodes does not boot',
    evidence,
  );
}
