import { crashRoom, elsewhereWords } from '../crash-room.ts';
import { sizeAndPlace } from '../crashkernel/advice.ts';
import { adviceSize, crashEstimate, regionNeed } from '../crashkernel/estimate.ts';
import { humanSize, isArm64 } from '../facts.ts';
import { type Finding, mapNotKnown, ok, warning } from '../finding.ts';
import type { Host } from '../host-values.ts';
import type { Load } from './check.ts';

/** Whether the region holds the next kernel beside one for a panic. Undefined without a region. */
export function checkCrashRegionRoom(host: Host, load?: Load): Finding | undefined {
  const id = 'crash-region-room';
  const { size: room, isElsewhere, evidence: found } = crashRoom(host);
  if (isElsewhere)
    return warning(
      id,
      elsewhereWords(host),
      'Linux loads into the region of that size: nothing can be loaded in place here',
      'write crashkernel= without a second region, and look for crashkernel in dmesg',
      found,
    );
  if (room === undefined || room === 0n) return undefined;
  const { one, two, how, evidence: sized } = regionNeed(host, load);
  if (one === undefined) return mapNotKnown(id, host, 'whether the region holds two kernels');
  const evidence = [...found, ...sized];
  const has = `the region has ${humanSize(room)}, ${how} take ${humanSize(one)}`;
  if (two <= room) return ok(id, has, `it holds a next kernel, and one for a panic${smallWords(host, room)}`, evidence);
  return warning(
    id,
    has,
    one <= room
      ? 'it holds a next kernel, but not one for a panic beside it: until the reboot no dump is written'
      : 'it does not hold a next kernel: nothing can be loaded in place here',
    // Of a load that is too large for this machine no region holds two.
    (adviceSize(host, load) ?? 0n) >= two ? sizeAndPlace(host, load) : 'load less, or by another route',
    evidence,
  );
}

/** Both fit, but a dump wants more to run in. */
function smallWords(host: Host, room: bigint): string {
  const wanted = crashEstimate(host)?.recommended ?? 0n;
  return isArm64(host) !== false && wanted > room
    ? `, which may end for want of memory: it wants ${humanSize(wanted)} for itself`
    : '';
}
