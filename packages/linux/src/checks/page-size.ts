import { blocker, type Finding, notKnown, ok, seen } from '../finding.ts';
import type { Host } from '../host-values.ts';

/** What plans are made of. */
const PLANNED = 4096;

/** kexec_load takes segments of whole pages of the kernel that runs. */
export function checkPageSize(host: Host): Finding {
  const id = 'page-size';
  if (host.pageSize === undefined) return notKnown(id, host, 'pageSize', 'the page size', 'look at getconf PAGESIZE');
  const evidence = seen(host, 'pageSize');
  const pages = `the kernel has pages of ${host.pageSize / 1024} KiB`;
  if (host.pageSize === PLANNED) return ok(id, pages, 'plans are made of such pages', evidence);
  const why = `plans are made of pages of ${PLANNED / 1024} KiB: kexec_load gives EADDRNOTAVAIL for segments that do not begin and end with a page of the kernel`;
  const todo = 'use kexec_file_load, or kexec-tools, or boot a kernel with pages of 4 KiB';
  return blocker(id, pages, why, todo, evidence);
}
