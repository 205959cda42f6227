import { decodeAttributes, isAccessible } from './attributes.ts';
import { PageTableError } from './error.ts';
import { geometryOf, pagesPerEntry, startLevel } from './granule.ts';
import type { PageRun } from './mapping.ts';
import type { Space } from './space.ts';
import { type DescriptorSource, outputPage } from './walk.ts';

/** Everything that a set of tables says. */
export interface TableListing {
  /** What is mapped, in pages, ordered by virtual address; neighbours that continue each other are joined. */
  readonly runs: PageRun[];
  /** Page numbers of all tables, the root first. */
  readonly tables: number[];
}

/**
 * Lists all mappings of an address space by reading every table once.
 *
 * @throws PageTableError `ELOOP` where two entries point at the same table, so that a broken set cannot run for ever.
 */
export function listMappings(space: Space, root: number, source: DescriptorSource): TableListing {
  const geometry = geometryOf(space.granule);
  const runs: PageRun[] = [];
  const tables: number[] = [];
  const seen = new Set<number>();

  function visit(table: number, level: number, base: number): void {
    if (seen.has(table)) {
      throw new PageTableError(
        'ELOOP',
        `table page 0x${table.toString(16)} is reached twice`,
        'the tables are corrupt',
      );
    }
    seen.add(table);
    tables.push(table);
    const span = pagesPerEntry(geometry, level);
    const top = level === startLevel(geometry, space.vaBits);
    const entries = top ? Math.ceil(2 ** (space.vaBits - geometry.pageShift) / span) : 2 ** geometry.indexBits;
    for (let index = 0; index < entries; index++) {
      const descriptor = source.descriptor(table, index);
      if (descriptor === undefined || (descriptor.low & 1) === 0) continue;
      const { low, high } = descriptor;
      const va = base + index * span;
      if (level < 3 && (low & 3) === 3) {
        visit(outputPage(geometry, low, high), level + 1, va);
        continue;
      }
      const attributes = decodeAttributes(low, high, space.regime);
      const isLeaf = level === 3 ? (low & 3) === 3 : level >= geometry.firstBlockLevel;
      if (isLeaf && attributes !== undefined && isAccessible(low)) {
        append(runs, { va, pa: outputPage(geometry, low, high), pages: span, attributes });
      }
    }
  }

  visit(root, startLevel(geometry, space.vaBits), 0);
  return { runs, tables };
}

function append(runs: PageRun[], run: PageRun): void {
  const last = runs.at(-1);
  const continues =
    last !== undefined &&
    last.va + last.pages === run.va &&
    last.pa + last.pages === run.pa &&
    last.attributes.type === run.attributes.type &&
    last.attributes.writable === run.attributes.writable &&
    last.attributes.executable === run.attributes.executable;
  if (continues) runs[runs.length - 1] = { ...last, pages: last.pages + run.pages };
  else runs.push(run);
}
