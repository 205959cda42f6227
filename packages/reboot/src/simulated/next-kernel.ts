import { cutCmdline, parseCrashkernel } from '@kexeckit/cmdline';
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
import { type KernelRules, kernelRules } from '../plan/kernel-rules.ts';
import type { RebootPlan } from '../plan/plan.ts';
import type { Reality } from '../reality/reality.ts';

const PAGE = 4096n;
/** What a kernel puts into System RAM itself: gone when the next one runs. */
const OWN = [
  'Kernel code',
  'Kernel data',
  'Kernel bss',
  ...Object.values(regionParameters).map(({ resource }) => resource),
];

/** What is known of the next kernel beside its plan. */
export interface NextKernelOptions {
  /** Its release, see `kernelRelease` of `@kexeckit/boot-image`: by default it goes by the newest rules. */
  readonly release?: string | undefined;
  /** First address that 32-bit devices do not reach; what its device tree says, by default. */
  readonly lowLimit?: Reality['lowLimit'];
}

/**
 * The memory map of the kernel that a plan starts: the old kernel and its regions are gone, the new one is where it was
 * loaded, and reserves what its command line says, as arm64 Linux of its version would with its initrd still in memory.
 */
export function nextKernelMap(
  memory: ResourceTree,
  { stage, cmdline, dtb }: RebootPlan,
  { release, lowLimit }: NextKernelOptions = {},
): ResourceTree {
  const { segments } = stage.placement;
  const tree = copyTree(memory);
  for (const name of OWN) for (const resource of findByName(tree, name)) releaseResource(resource);
  const kernel = segments.find(({ name }) => name === 'kernel');
  if (kernel !== undefined) nestKernel(tree, kernel);
  const others = segments.filter((segment) => segment !== kernel && segment.memsz > 0n);
  const early = others.map((segment) => nest(tree, segment.name, rangeOf(segment)));
  reserve(tree, cmdline, kernelRules(memory, release, { dtb, lowLimit }));
  for (const resource of early) releaseResource(resource);
  return tree;
}

/** `Crash kernel` first, as the 2019 series has it. What is refused is left out: the kernel boots without. */
function reserve(tree: ResourceTree, line: string, { kernel, lowLimit }: KernelRules): void {
  const ram = systemRamSize(tree);
  const cmdline = cutCmdline(line).kept;
  const crash = parseCrashkernel(cmdline, ram, { kernel });
  if (crash.ret === 0) placeReservation(tree, reserveCrashKernel(tree, crash, { kernel, lowLimit }));
  const kexec = parseCrashkernel(cmdline, ram, { parameter: 'kexeckernel', kernel });
  if (kexec.ret === 0) placeReservation(tree, reserveKexecKernel(tree, kexec, { lowLimit }));
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
