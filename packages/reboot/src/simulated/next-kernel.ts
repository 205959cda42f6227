import { parseCrashkernel } from '@kexeckit/cmdline';
import {
  alignUp,
  copyTree,
  findByName,
  IORESOURCE,
  insertResource,
  placeReservation,
  type Range,
  type Resource,
  type ResourceTree,
  releaseResource,
  reserveCrashKernel,
  reserveKexecKernel,
  systemRamSize,
} from '@kexeckit/ioport';
import { regionParameters, type Segment, segmentEnd } from '@kexeckit/relocation';
import type { RebootPlan } from '../plan/plan.ts';

const PAGE = 4096n;
/** What a kernel puts into System RAM itself: gone when the next one runs. */
const OWN = [
  'Kernel code',
  'Kernel data',
  'Kernel bss',
  ...Object.values(regionParameters).map(({ resource }) => resource),
];

/**
 * The memory map of the kernel that a plan starts: the old kernel and its regions are gone, the new one is where it was
 * loaded, and reserves what its command line says, as arm64 Linux would with its initrd still in memory.
 */
export function nextKernelMap(memory: ResourceTree, { stage, cmdline }: RebootPlan): ResourceTree {
  const { segments } = stage.placement;
  const tree = copyTree(memory);
  for (const name of OWN) for (const resource of findByName(tree, name)) releaseResource(resource);
  const kernel = segments.find(({ name }) => name === 'kernel');
  if (kernel !== undefined) nestKernel(tree, kernel);
  const others = segments.filter((segment) => segment !== kernel && segment.memsz > 0n);
  const early = others.map((segment) => nest(tree, segment.name, rangeOf(segment)));
  reserve(tree, cmdline);
  for (const resource of early) releaseResource(resource);
  return tree;
}

/** `Crash kernel` first, as the 2019 series has it. What is refused is left out: the kernel boots without. */
function reserve(tree: ResourceTree, cmdline: string): void {
  const ram = systemRamSize(tree);
  const crash = parseCrashkernel(cmdline, ram);
  if (crash.ret === 0) placeReservation(tree, reserveCrashKernel(tree, crash));
  const kexec = parseCrashkernel(cmdline, ram, { parameter: 'kexeckernel' });
  if (kexec.ret === 0) placeReservation(tree, reserveKexecKernel(tree, kexec));
}

/** What the file holds is code to the map, and what it only asks for is data. */
function nestKernel(tree: ResourceTree, kernel: Segment): void {
  const { start, end } = rangeOf(kernel);
  const data = start + alignUp(kernel.bufsz, PAGE);
  nest(tree, 'Kernel code', { start, end: data - 1n });
  if (data <= end) nest(tree, 'Kernel data', { start: data, end });
}

const rangeOf = (segment: Segment): Range => ({ start: segment.mem, end: segmentEnd(segment) });

function nest(tree: ResourceTree, name: string, { start, end }: Range): Resource {
  const flags = (IORESOURCE.SYSTEM_RAM | IORESOURCE.BUSY) >>> 0;
  return insertResource(tree, { name, start, end, flags });
}
