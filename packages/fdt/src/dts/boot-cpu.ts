import { getProperty } from '../property.ts';
import type { FdtNode } from '../tree.ts';
import type { TextSink } from './text-sink.ts';

/**
 * DTS cannot say which CPU boots: compilers take `reg` of the first node in `/cpus`, if it is one cell, else 0. Where that
 * is another one, a node that nobody refers to stands before it and says so. It is not in the blob: unreferenced nodes
 * that are marked so are left out, but only after the boot CPU is known.
 */
export class BootCpuNote {
  /** The CPU that the note has to say; undefined where none is needed. */
  readonly #id: number | undefined;

  constructor(root: FdtNode, bootCpuidPhys: number) {
    this.#id = bootCpuIn(root) === bootCpuidPhys ? undefined : bootCpuidPhys;
  }

  /** What stands before the children of a node at such a depth. */
  print(sink: TextSink, node: FdtNode, depth: number): void {
    if (this.#id === undefined) return;
    if (depth === 0 && cpusOf(node) === undefined) {
      sink.text('\n\t/omit-if-no-ref/ cpus { /* not in the blob: it says which CPU boots */\n');
      this.#printCpu(sink, 'boot', this.#id);
      sink.text('\t};\n');
    } else if (depth === 1 && node.name === 'cpus') {
      sink.text('\n\t\t/* not in the blob: it says which CPU boots */\n');
      this.#printCpu(sink, freeName(node), this.#id);
    }
  }

  #printCpu(sink: TextSink, name: string, id: number): void {
    sink.text(`\t\t/omit-if-no-ref/ ${name} {\n\t\t\treg = <`);
    sink.cell(id);
    sink.text('>;\n\t\t};\n');
  }
}

/** The boot CPU that compilers see in a tree. */
function bootCpuIn(root: FdtNode): number {
  const first = cpusOf(root)?.children[0];
  const reg = first && getProperty(first, 'reg');
  return reg?.length === 4 ? new DataView(reg.buffer, reg.byteOffset).getUint32(0) : 0;
}

function cpusOf(root: FdtNode): FdtNode | undefined {
  return root.children.find(({ name }) => name === 'cpus');
}

function freeName({ children }: FdtNode): string {
  let name = 'boot';
  while (children.some((child) => child.name === name)) name += '-';
  return name;
}
