import { type Attributes, decodeAttributes, isAccessible, sameAttributes, underTables } from './attributes.ts';
import { type DescriptorSource, outputPage, wordsAt } from './descriptor.ts';
import { PageTableError } from './error.ts';
import { hex } from './hex.ts';
import type { PageRun } from './mapping.ts';
import { needObject } from './needed.ts';
import { checkRoot } from './root.ts';
import { type Shape, type Space, shapeOf, spanOf } from './space.ts';

/** Everything that a set of tables says. */
export interface TableListing {
  /** What is mapped, in pages, ordered by virtual address; neighbours that continue each other are joined. */
  readonly runs: PageRun[];
  /** Page numbers of all tables, the root first. */
  readonly tables: number[];
}

/**
 * Lists all mappings of an address space by reading every table once. Entries that fault are left out, and
 * tables that cannot be read.
 *
 * @throws PageTableError `ELOOP` where two entries point at the same table, so that a broken set cannot run for ever.
 */
export function listMappings(space: Space, root: number, source: DescriptorSource): TableListing {
  const shape = shapeOf(space);
  needObject('source of descriptors', source);
  checkRoot(shape, root);
  const runs: GrowingRun[] = [];
  const tables: number[] = [];
  const seen = new Set<number>();
  const attributesOf = attributesReader(space, shape);

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
    const words = wordsAt(source, table, entries);
    if (words === undefined) return;
    for (let index = 0; index < entries; index++) {
      const low = words[2 * index] ?? 0;
      const high = words[2 * index + 1] ?? 0;
      if ((low & 1) === 0) continue;
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
      const attributes = attributesOf(effective.low, effective.high);
      if (attributes !== undefined) appendRun(runs, { page, frame: frame - (frame % span), pages: span, attributes });
    }
  }

  const top = spanOf(shape, shape.startLevel) * shape.entries;
  for (let joined = 0; joined * top < shape.inputPages; joined++)
    visit(root + joined, shape.startLevel, joined * top, 0);
  return { runs, tables };
}

/** Bits that lie within an address, and are no attributes. */
const ADDRESS_LOW = 0xfffff000;
const ADDRESS_HIGH = 0x0000ffff;

/** Decodes each combination of attribute bits once: tables have few. */
export function attributesReader(space: Space, shape: Shape): (low: number, high: number) => Attributes | undefined {
  const known = new Map<number, Attributes | undefined>();
  return (low, high) => {
    const bits = ((high & ~ADDRESS_HIGH) >>> 0) + (low & ~ADDRESS_LOW);
    const found = known.get(bits);
    if (found !== undefined || known.has(bits)) return found;
    const decoded = decodeAttributes(low, high, space, shape);
    known.set(bits, decoded);
    return decoded;
  };
}

/** A run that still grows. */
export interface GrowingRun extends PageRun {
  pages: number;
}

/** Adds a run, to the last one where it continues that. */
export function appendRun(runs: GrowingRun[], { page, frame, pages, attributes }: PageRun): void {
  const last = runs.at(-1);
  const continues =
    last !== undefined &&
    last.page + last.pages === page &&
    last.frame + last.pages === frame &&
    (last.attributes === attributes || sameAttributes(last.attributes, attributes));
  if (continues) last.pages += pages;
  else runs.push({ page, frame, pages, attributes });
}
