import { IORESOURCE } from './flags.ts';
import { MAX_ADDRESS } from './range.ts';
import { createResource, type Resource } from './resource.ts';

/** How the text that a tree was read from was laid out, so that it is written back byte for byte. */
export interface TreeLayout {
  /** Nesting levels that get an indentation of their own: 8 as the kernel prints, 5 in older ones. */
  levels: number;
  /** Line separator. */
  newline: '\n' | '\r\n';
  /** Whether the last line ends with a separator too. */
  finalNewline: boolean;
}

/** Something in a pasted map that is not as the kernel writes it, and was passed over or mended. */
export interface MapNote {
  readonly what:
    | 'blank line'
    | 'not a range'
    | 'again'
    | 'hidden'
    | 'spelling'
    | 'name'
    | 'indentation'
    | 'order'
    | 'place'
    | 'excerpt'
    | 'two kernels';
  /** Lines that it is about, from 1 on. */
  readonly lines: readonly number[];
  /** For people, with the first of the lines. */
  readonly message: string;
}

/** A resource tree: its root (which is never printed) and its layout as text. */
export interface ResourceTree {
  root: Resource;
  layout: TreeLayout;
  /** What was passed over, or mended, where a map was read leniently. */
  notes?: readonly MapNote[];
}

/** The kernel's two trees: memory (64 bits) and I/O ports (16 bits). */
export type TreeKind = 'iomem' | 'ioport';

/** An empty tree with the kernel's root: `PCI mem` over 64 bits, or `PCI IO` over 16. */
export function createTree(kind: TreeKind = 'iomem'): ResourceTree {
  const root =
    kind === 'iomem'
      ? createResource({ name: 'PCI mem', start: 0n, end: MAX_ADDRESS, flags: IORESOURCE.MEM })
      : createResource({ name: 'PCI IO', start: 0n, end: 0xffffn, flags: IORESOURCE.IO });
  return { root, layout: { levels: 8, newline: '\n', finalNewline: true } };
}
