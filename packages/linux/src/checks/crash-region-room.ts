import { crashRoom, elsewhereWords } from '../crash-room.ts';
import { regionNeed } from '../crashkernel/estimate.ts';
import { explainFor, landingOfLine, landingWords } from '../crashkernel/landing.ts';
import { humanSize } from '../facts.ts';
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
  const { one, two, value, how, evidence: sized } = regionNeed(host, load);
  if (one === undefined) return mapNotKnown(id, host, 'whether the region holds two kernels');
  const evidence = [...found, ...sized];
  const has = `the region has ${humanSize(room)}, ${how} take ${humanSize(one)}`;
  if (two <= room) return ok(id, has, 'it holds a next kernel, and one for a panic', evidence);
  const line = `crashkernel=${value}`;
  const landing = landingOfLine(host, line);
  const lands = landing === undefined ? '' : `; ${landingWords(landing)}`;
  return warning(
    id,
    has,
    one <= room
      ? 'it holds a next kernel, but not one for a panic beside it: until the reboot no dump is written'
      : 'it does not hold a next kernel: nothing can be loaded in place here',
    `write ${line} (it ${explainFor(host, line).summary}${lands})`,
    evidence,
  );
}
