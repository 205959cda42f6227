import { descendantsOf, type Range, type Resource, type ResourceTree } from '@kexeckit/ioport';

/** A line of `/proc/iomem`: plain data. */
export interface ResourceRow extends Range {
  readonly name: string;
  /** How deep it lies; the outermost lie at 0. */
  readonly depth: number;
  /** How many lie within it, at any depth: those that follow it. */
  readonly within: number;
}

/** A resource tree as lines, in the order of `/proc/iomem`; linear in the tree, however deep it is. */
export function resourceRows({ root }: ResourceTree): ResourceRow[] {
  const found: { -readonly [K in keyof ResourceRow]: ResourceRow[K] }[] = [];
  /** The lines that the next one may lie in, and what they stand for. */
  const open: { readonly of: Resource; readonly at: number }[] = [];
  const close = (parent: Resource | null): void => {
    for (let last = open.at(-1); last !== undefined && last.of !== parent; last = open.at(-1)) {
      const row = found[last.at];
      if (row !== undefined) row.within = found.length - last.at - 1;
      open.pop();
    }
  };
  for (const resource of descendantsOf(root)) {
    const { name, start, end } = resource;
    close(resource.parent);
    found.push({ name: name === null ? '<BAD>' : name, start, end, depth: open.length, within: 0 });
    open.push({ of: resource, at: found.length - 1 });
  }
  close(null);
  return found;
}

/** The numbers of the lines that are seen where some are folded. */
export function seenRows(rows: readonly ResourceRow[], folded: ReadonlySet<number>): number[] {
  const seen: number[] = [];
  for (let at = 0; at < rows.length; ) {
    seen.push(at);
    at += 1 + (folded.has(at) ? (rows[at]?.within ?? 0) : 0);
  }
  return seen;
}

/** The lines that a line lies in, the innermost first. */
export function outerRows(rows: readonly ResourceRow[], index: number): number[] {
  const found: number[] = [];
  let depth = rows[index]?.depth ?? 0;
  for (let at = index - 1; at >= 0 && depth > 0; at--) {
    const row = rows[at];
    if (row === undefined || row.depth >= depth) continue;
    found.push(at);
    depth = row.depth;
  }
  return found;
}

/** The innermost line that holds a range; undefined where none does. */
export function rowWith(rows: readonly ResourceRow[], { start, end }: Range): number | undefined {
  let found: number | undefined;
  for (let at = 0; at < rows.length; ) {
    const row = rows[at];
    if (row === undefined || row.start > start) break;
    if (row.end >= end) {
      found = at;
      at += 1;
    } else at += 1 + (row.end < start ? row.within : 0);
  }
  return found;
}

/** What a key does in the tree: where the focus goes, or what is folded. */
export interface TreeStep {
  readonly to?: number | undefined;
  readonly fold?: boolean;
}

/** What a key means at a line, as trees have it: right opens or goes in, left closes or goes out. */
export function treeStep(
  key: string,
  rows: readonly ResourceRow[],
  folded: ReadonlySet<number>,
  seen: readonly number[],
  index: number,
): TreeStep | undefined {
  const at = seen.indexOf(index);
  const isFolded = folded.has(index);
  const hasMore = (rows[index]?.within ?? 0) > 0;
  switch (key) {
    case 'ArrowDown':
      return { to: seen[at + 1] };
    case 'ArrowUp':
      return { to: seen[at - 1] };
    case 'Home':
      return { to: seen[0] };
    case 'End':
      return { to: seen.at(-1) };
    case 'ArrowRight':
      return hasMore ? (isFolded ? { fold: false } : { to: index + 1 }) : {};
    case 'ArrowLeft':
      return hasMore && !isFolded ? { fold: true } : { to: outerRows(rows, index)[0] };
    default:
      return undefined;
  }
}
