import { decodeAttributes, isAccessible, sameAttributes, underTables } from './attributes.ts';
import { type DescriptorSource, outputPage } from './descriptor.ts';
import { PageTableError } from './error.ts';
import { hex } from './hex.ts';
import type { PageRun } from './mapping.ts';
import { type Space, shapeOf, spanOf } from './space.ts';

/** Everything that a set of tables says. */
export interface TableListing {
  /** What is mapped, in pages, ordered by virtual address; neighbours that continue each other are joined. */
  readonly runs: PageRun[];
  /** Page numbers of all tables, the root first. */
  readonly tables: number[];
}

/**
 * Lists all mappings of an address space by reading every table once. Entries that fault are left out.
 *
 * @throws PageTableError `ELOOP` where two entries point at the same table, so that a broken set cannot run for ever.
 */
export function listMappings(space: Space, root: number, source: DescriptorSource): TableListing {
  const shape = shapeOf(space);
  const runs: PageRun[] = [];
  const tables: number[] = [];
  const seen = new Set<number>();

  function visit(table: number, level: number, base: number, limits: number): void {
    if (seen.has(table))
      throw new PageTableError(
        'ELOOP',
        `table page ${hex(table)} is reached twice`,
        'build the tables again: they are corrupt',
        { page: table },
      );
    seen.add(table);
    tables.push(table);
    const span = spanOf(shape, level);
    const entries = Math.min(shape.entries, Math.ceil((shape.inputPages - base) / span));
    for (let index = 0; index < entries; index++) {
      const descriptor = source.descriptor(table, index);
      if (descriptor === undefined || (descriptor.low & 1) === 0) continue;
      const { low, high } = descriptor;
      const frame = outputPage(shape, low, high);
      if (frame >= shape.outputPages) continue;
      const page = base + index * span;
      if (level < 3 && (low & 3) === 3) {
        visit(frame, level + 1, page, limits | high);
        continue;
      }
      const isLeaf = level === 3 ? (low & 3) === 3 : level >= shape.firstBlockLevel;
      if (!isLeaf || !(isAccessible(low) || space.setsAccessFlag)) continue;
      const effective = underTables(low, high, limits, space);
      const attributes = decodeAttributes(effective.low, effective.high, space, shape);
      if (attributes !== undefined) appendRun(runs, { page, frame: frame - (frame % span), pages: span, attributes });
    }
  }

  const top = spanOf(shape, shape.startLevel) * shape.entries;
  for (let joined = 0; joined * top < shape.inputPages; joined++)
    visit(root + joined, shape.startLevel, joined * top, 0);
  return { runs, tables };
}

/** Adds a run, to the last one where it continues that. */
export function appendRun(runs: PageRun[], run: PageRun): void {
  const last = runs.at(-1);
  const continues =
    last !== undefined &&
    last.page + last.pages === run.page &&
    last.frame + last.pages === run.frame &&
    sameAttributes(last.attributes, run.attributes);
  if (continues) runs[runs.length - 1] = { ...last, pages: last.pages + run.pages };
  else runs.push(run);
}
