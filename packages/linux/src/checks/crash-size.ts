import { crashRoom } from '../crash-room.ts';
import { sizeAndPlace } from '../crashkernel/advice.ts';
import { crashEstimate } from '../crashkernel/estimate.ts';
import { humanSize } from '../facts.ts';
import { type Finding, mapNotKnown, ok, warning } from '../finding.ts';
import type { Host } from '../host-values.ts';
import type { Load } from './check.ts';

/** Whether what is reserved is enough for a crash kernel, and what could be given back. Undefined without a region. */
export function checkCrashSize(host: Host, load?: Load): Finding | undefined {
  const id = 'crash-size';
  const { size: room, isElsewhere, evidence: found } = crashRoom(host);
  if (isElsewhere || room === undefined || room === 0n) return undefined;
  const estimate = crashEstimate(host);
  if (estimate === undefined) return mapNotKnown(id, host, 'whether the region is large enough for a crash kernel');
  const { recommended, how } = estimate;
  const evidence = [...found, ...estimate.evidence];
  const what = `${humanSize(room)} are reserved, and a crash kernel wants ${humanSize(recommended)}`;
  if (room >= recommended) return ok(id, what, `${how}${shrinking(host, room, recommended)}`, evidence);
  return warning(id, what, `${how}; with less, a dump can end for want of memory`, sizeAndPlace(host, load), evidence);
}

/** What `kexec_crash_size` gives back: the end of the region, for good until the next boot, and only with nothing loaded in it. */
function shrinking(host: Host, room: bigint, wanted: bigint): string {
  if (room === wanted) return '';
  // The file counts a low region that stands beside it, or does not: what it says now tells.
  const others = (host.kexecCrashSize ?? room) - room;
  const size = wanted + others;
  const first = host.kexecCrashLoaded === true ? 'once the crash kernel is unloaded, ' : '';
  const back = humanSize(room - wanted);
  return `; ${first}${size} written to /sys/kernel/kexec_crash_size leaves ${humanSize(wanted)} of the region, and gives ${back} back until the next boot`;
}
