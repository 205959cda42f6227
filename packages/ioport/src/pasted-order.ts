import type { Range } from './range.ts';
import { lastChild, type MutableResource } from './resource.ts';
import { linkAfter } from './siblings.ts';

/** A range, and the line that it is from. */
export interface Read {
  readonly resource: MutableResource;
  readonly indent: number;
  readonly line: string;
  readonly number: number;
}

/** How a line stands to those before it. */
export interface Standing {
  /** In place, or out of order, or a line that was read before. */
  readonly order: 'in order' | 'out of order' | 'again';
  /** The range that it reaches out of, if it does. */
  readonly beyond?: Range;
  /** Whether it is indented as what it lies in, or less. */
  readonly isFlat: boolean;
  /** What it lies in by its indentation, and does not by its range. */
  readonly astray?: Indented | undefined;
}

/** A line that others are indented below. */
interface Indented extends Range {
  readonly indent: number;
  readonly name: string | null;
}

interface Open extends Indented {
  /** Where the last range in it ends. */
  last: bigint;
}

/**
 * The ranges of a pasted map. Nesting comes from the ranges alone; of two with the same range the one that is indented less holds
 * the other, and else the first. All are put in place in the end, at once: whatever the order, the time is that of sorting.
 */
export class PastedOrder {
  readonly #reads: Read[] = [];
  /** The ranges that the last line lies in, itself included. */
  readonly #open: Open[] = [];
  readonly #root: Open;
  /** The lines that the last one is indented below, itself included. */
  readonly #above: Indented[] = [];
  /** The texts of all ranges, from the first one on that is out of order. */
  #known: Set<string> | undefined;

  constructor({ start, end }: Range) {
    this.#root = { start, end, indent: -1, name: null, last: -1n };
  }

  add(read: Read): Standing {
    const { resource, indent } = read;
    const outer = this.#outerOf(read);
    const open: Open = { start: resource.start, end: resource.end, name: resource.name, indent, last: -1n };
    const above = this.#aboveOf(open);
    const isFlat = indent <= outer.indent;
    if (!holds(outer, resource)) return { order: 'in order', beyond: outer, isFlat };
    const isInOrder = outer.last < resource.start;
    if (!isInOrder) this.#known ??= new Set(this.#reads.map(textOf));
    if (this.#known) {
      const text = textOf(read);
      const isInside = isInOrder && outer.name === resource.name && isSame(outer, resource) && indent > outer.indent;
      if (this.#known.has(text) && !isInside) return { order: 'again', isFlat };
      this.#known.add(text);
    }
    if (outer.last < resource.end) outer.last = resource.end;
    this.#open.push(open);
    this.#reads.push(read);
    const astray = isInOrder && above && !holds(above, resource) ? above : undefined;
    return { order: isInOrder ? 'in order' : 'out of order', isFlat, astray };
  }

  /** What the line lies in. What does not hold it is closed. */
  #outerOf({ resource, indent }: Read): Open {
    const open = this.#open;
    for (;;) {
      const outer = open.at(-1) ?? this.#root;
      if (outer === this.#root || (holds(outer, resource) && !(isSame(outer, resource) && outer.indent > indent)))
        return outer;
      open.pop();
    }
  }

  /** What the line is indented below. */
  #aboveOf(line: Indented): Indented | undefined {
    const lines = this.#above;
    while ((lines.at(-1)?.indent ?? -1) >= line.indent) lines.pop();
    const above = lines.at(-1);
    lines.push(line);
    return above;
  }

  /** Puts all below `root`; gives the first two that overlap in part, where there are any. */
  linkBelow(root: MutableResource): readonly [Read, Read] | undefined {
    if (this.#known) this.#reads.sort(byPlace);
    const open: Read[] = [];
    for (const read of this.#reads) {
      const { resource } = read;
      let outer = open.at(-1);
      while (outer && outer.resource.end < resource.start) {
        open.pop();
        outer = open.at(-1);
      }
      if (outer && outer.resource.end < resource.end) return [outer, read];
      const parent = outer?.resource ?? root;
      linkAfter(parent, resource, lastChild(parent));
      open.push(read);
    }
    return undefined;
  }
}

function byPlace(a: Read, b: Read): number {
  const x = a.resource;
  const y = b.resource;
  if (x.start !== y.start) return x.start < y.start ? -1 : 1;
  if (x.end !== y.end) return x.end > y.end ? -1 : 1;
  return a.indent - b.indent || a.number - b.number;
}

const textOf = ({ resource: { start, end, name } }: Read): string => `${start}-${end} ${name}`;

const isSame = (a: Range, b: Range): boolean => a.start === b.start && a.end === b.end;

const holds = (outer: Range, inner: Range): boolean => outer.start <= inner.start && outer.end >= inner.end;
