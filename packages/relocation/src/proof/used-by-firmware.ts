import {
  cellCounts,
  type Fdt,
  type FdtNode,
  findNode,
  getProperty,
  isAvailable,
  type ReservedRange,
  readCells,
} from '@kexeckit/fdt';
import { chosenOf } from './chosen.ts';
import { addressIn } from './own-entries.ts';
import { regOf } from './reg-ranges.ts';

/** What firmware goes on using while kernels come and go, whether or not the tree reserves it. */
export const usedByFirmware = (fdt: Fdt): ReservedRange[] => [...releaseAddresses(fdt), ...framebuffers(fdt)];

/** Where CPUs wait for an address to start at (booting.rst, `spin-table`): what they read, and where they spin beside it. */
function releaseAddresses(fdt: Fdt): ReservedRange[] {
  return (findNode(fdt, '/cpus')?.children ?? []).flatMap((cpu) => {
    const value = getProperty(cpu, 'cpu-release-addr');
    if (!hasText(cpu, 'enable-method', 'spin-table') || (value?.length !== 8 && value?.length !== 4)) return [];
    const start = addressIn(value) & ~0xfffn;
    return [{ name: `cpu-release-addr of ${cpu.name}`, start, end: start | 0xfffn, noMap: false }];
  });
}

/** What is on the screen: firmware has set the display up to read it. */
function framebuffers(fdt: Fdt): ReservedRange[] {
  const parents = [fdt.root, chosenOf(fdt)].filter((node) => node !== undefined);
  const own = parents.flatMap((parent) => parent.children.map((node) => ({ node, parent })));
  const shown = own.filter(({ node }) => hasText(node, 'compatible', 'simple-framebuffer') && isAvailable(node));
  const handles = new Set(shown.flatMap(({ node }) => regionsOf(node)));
  return [...shown, ...placesWith(handles, fdt)].flatMap((place) => rangesAt(place, fdt));
}

/** A node, and the one whose cells its `reg` has. */
interface Place {
  readonly node: FdtNode;
  readonly parent: FdtNode;
}

/** The nodes that `memory-region` leads to, by their handles. */
function regionsOf(node: FdtNode): number[] {
  const value = getProperty(node, 'memory-region');
  return value === undefined || value.length % 4 !== 0 ? [] : readCells(value);
}

function placesWith(handles: ReadonlySet<number>, fdt: Fdt): Place[] {
  const found: Place[] = [];
  const parents = handles.size === 0 ? [] : [fdt.root];
  for (let parent = parents.pop(); parent !== undefined; parent = parents.pop()) {
    for (const node of parent.children) {
      if (handles.has(handleOf(node) ?? 0)) found.push({ node, parent });
      parents.push(node);
    }
  }
  return found;
}

function handleOf(node: FdtNode): number | undefined {
  const value = getProperty(node, 'phandle') ?? getProperty(node, 'linux,phandle');
  return value?.length === 4 ? readCells(value)[0] : undefined;
}

/** Cells that a parent does not tell of are the root's. */
function rangesAt({ node, parent }: Place, fdt: Fdt): ReservedRange[] {
  const isTold =
    getProperty(parent, '#address-cells') !== undefined && getProperty(parent, '#size-cells') !== undefined;
  return regOf(node, cellCounts(isTold ? parent : fdt.root)).map((range) => ({
    name: node.name,
    ...range,
    noMap: false,
  }));
}

/** Whether one of a property's texts is this. */
const hasText = (node: FdtNode, property: string, text: string): boolean =>
  new TextDecoder().decode(getProperty(node, property)).split('\0').includes(text);
