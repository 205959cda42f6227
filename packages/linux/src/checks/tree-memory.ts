import { FdtError, findNode, getProperty, memoryRanges, parseFdt } from '@kexeckit/fdt';
import { blocker, type Finding, notKnown, ok, seen, warning } from '../finding.ts';
import type { Host } from '../host-values.ts';
import type { Evidence } from '../reading.ts';
import { ON_HOST } from './check.ts';

const SOURCE = '/sys/firmware/fdt';
const REMEDY = 'pass the tree of the running kernel on, not one from a file, which lacks what firmware fills in';

/** Where the next kernel learns of its memory: from memory nodes, or from UEFI's map, whose place the stub writes down. */
export function checkTreeMemory(host: Host): Finding | undefined {
  const id = 'tree-memory';
  if (host.efi === undefined) return notKnown(id, host, 'efi', 'whether UEFI booted this host', ON_HOST);
  const told = memoryIn(host);
  if (told === undefined) {
    if (host.fdt === undefined) return notKnown(id, host, 'fdt', 'whether the device tree has memory', 'run as root');
    const evidence = [{ path: SOURCE, text: 'it is damaged' }];
    return blocker(id, 'the device tree is damaged', 'the next kernel cannot read it', REMEDY, evidence);
  }
  const { evidence, nodes, hasMap } = told;
  const from = [...evidence, ...seen(host, 'efi')];
  if (hasMap)
    return ok(id, "UEFI's memory map stands in the device tree", 'the next kernel takes its memory from there', from);
  if (nodes > 0 && !host.efi)
    return ok(id, 'the device tree names the memory', 'the next kernel takes its memory from there', from);
  if (nodes > 0) return ok(id, 'booted by UEFI, the device tree names memory all the same', 'both can be read', from);
  if (!host.efi)
    return warning(
      id,
      "the device tree has neither memory nodes nor UEFI's memory map",
      'the next kernel would start without memory: kexeckit fills it in from /proc/iomem',
      'kexec-tools does not: with it, pass the tree of the running kernel on',
      from,
    );
  return blocker(
    id,
    "the device tree has neither memory nodes nor UEFI's memory map",
    "the next kernel would start without memory and without UEFI's tables, and die before its first line",
    REMEDY,
    from,
  );
}

interface Told {
  readonly nodes: number;
  readonly hasMap: boolean;
  readonly evidence: readonly Evidence[];
}

/** The blob decides, which the next kernel gets; without it the tree in /proc. Undefined where neither can be read. */
function memoryIn(host: Host): Told | undefined {
  if (host.fdt === undefined) {
    const tree = host.deviceTree;
    return tree && tree.memoryNodes > 0
      ? { nodes: tree.memoryNodes, hasMap: false, evidence: tree.evidence.memory }
      : undefined;
  }
  try {
    const fdt = parseFdt(host.fdt);
    const chosen = findNode(fdt, '/chosen');
    const hasMap = chosen !== undefined && getProperty(chosen, 'linux,uefi-mmap-start') !== undefined;
    const nodes = memoryRanges(fdt).length;
    const text = hasMap ? 'it has linux,uefi-mmap-start' : `${nodes} ranges in memory nodes`;
    return { nodes, hasMap, evidence: [{ path: SOURCE, text }] };
  } catch (error) {
    if (error instanceof FdtError) return undefined;
    throw error;
  }
}
