import { type Range, rolesOf } from '@kexeckit/ioport';
import { loadSize } from '../estimate.ts';
import { hostMemory, humanSize, memoryOrUndefined } from '../facts.ts';
import { blocker, type Finding, mapNotKnown, ok, warning } from '../finding.ts';
import type { Host } from '../host-values.ts';
import type { Load } from './check.ts';

/** Where a kernel starts (Documentation/arch/arm64/booting.rst). */
const ALIGN = 1n << 21n;

/**
 * Whether there is a hole for the segments. Linux itself is overwritten when it has gone; what others keep in System RAM is not.
 */
export function checkMemoryHole(host: Host, load?: Load): Finding | undefined {
  const id = 'memory-hole';
  if (memoryOrUndefined(host) === undefined) return mapNotKnown(id, host, 'whether there is room for the segments');
  const { size, isExact, how, evidence: sized } = loadSize(host, load);
  const holes = holesIn(host);
  const [largest] = holes.toSorted((a, b) => (usable(a) > usable(b) ? -1 : 1));
  const room = largest === undefined ? 0n : usable(largest);
  const evidence = [
    { path: '/proc/iomem', text: `largest hole: ${largest === undefined ? 'none' : spelled(largest)}` },
    ...sized,
  ];
  const what = `the largest hole in System RAM is ${humanSize(room)}`;
  if (room > 0n && (size === undefined || size <= room))
    return ok(id, what, size === undefined ? 'the segments must fit' : `${how} take ${humanSize(size)}`, evidence);
  const why =
    'kexec-tools says "Could not find a free area of memory": no segment may cross what firmware, or a region, keeps';
  const todo = 'load a smaller initramfs, or move the region that splits the RAM (crashkernel= with an offset)';
  const all = holes.reduce((sum, hole) => sum + usable(hole), 0n);
  const isCertain = room === 0n || (isExact && size !== undefined && size > all);
  const taken = size === undefined ? what : `${what}, ${how} take ${humanSize(size)}`;
  return (isCertain ? blocker : warning)(id, taken, why, todo, evidence);
}

/** Behind the alignment of its start. */
const usable = ({ start, end }: Range): bigint => {
  const room = end + 1n - ((start + ALIGN - 1n) & -ALIGN);
  return room > 0n ? room : 0n;
};

const spelled = ({ start, end }: Range): string => `${start.toString(16)}-${end.toString(16)}`;

/** What a kernel may be loaded to: what is free, and what the running kernel stands in. Adjacent ranges are one. */
function holesIn(host: Host): Range[] {
  const holes: { start: bigint; end: bigint }[] = [];
  for (const { role, start, end } of rolesOf(hostMemory(host))) {
    if (role !== 'usable' && role !== 'running kernel') continue;
    const last = holes.at(-1);
    if (last !== undefined && last.end + 1n === start) last.end = end;
    else holes.push({ start, end });
  }
  return holes;
}
