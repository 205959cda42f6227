import { explainCrashkernel, formatSize } from '@kexeckit/cmdline';
import { crashRoom, elsewhereWords } from '../crash-room.ts';
import { loadSize } from '../estimate.ts';
import { humanSize, ramSize } from '../facts.ts';
import { type Finding, mapNotKnown, ok, warning } from '../finding.ts';
import type { Host } from '../host-values.ts';
import type { Load } from './check.ts';

/** What a capture kernel needs beside its files, at the least. */
const TO_RUN = 64n << 20n;
const STEP = 64n << 20n;

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
  const { size, how, evidence: sized } = loadSize(host, load);
  if (size === undefined) return mapNotKnown(id, host, 'whether the region holds two kernels');
  const evidence = [...found, ...sized];
  const needed = 2n * size + TO_RUN;
  const has = `the region has ${humanSize(room)}, ${how} take ${humanSize(size)}`;
  if (needed <= room) return ok(id, has, 'it holds a next kernel, and one for a panic', evidence);
  const value = formatSize(((needed + STEP - 1n) / STEP) * STEP);
  const { summary } = explainCrashkernel(`crashkernel=${value}`, ramSize(host));
  return warning(
    id,
    has,
    size <= room
      ? 'it holds a next kernel, but not one for a panic beside it: until the reboot no dump is written'
      : 'it does not hold a next kernel: nothing can be loaded in place here',
    `write crashkernel=${value} (it ${summary})`,
    evidence,
  );
}
