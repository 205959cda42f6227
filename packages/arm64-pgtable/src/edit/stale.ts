/** A row of entries that TLBs may hold and must forget, one behind the other. */
export interface Stale {
  /** Number of the first input page. */
  readonly page: number;
  /** Pages that each entry covers. */
  readonly span: number;
  /** The level of the leaves, where nothing but leaves is stale there; undefined where tables above them are too. */
  readonly level: number | undefined;
  /** Global leaves, and tables that were walked for any address space identifier. */
  readonly global: boolean;
  count: number;
}

/** What an edit makes stale, in the order of its tables; rows that continue each other are one. */
export class StaleEntries {
  readonly rows: Stale[] = [];
  /** Entries in all rows. */
  count = 0;

  add(page: number, span: number, level: number | undefined, global: boolean): void {
    this.addRow({ page, span, level, global, count: 1 });
  }

  addRow(row: Stale): void {
    const last = this.rows.at(-1);
    this.count += row.count;
    if (last !== undefined && continues(last, row)) last.count += row.count;
    else this.rows.push({ ...row });
  }
}

function continues(last: Stale, { page, span, level, global }: Stale): boolean {
  const isNext = last.span === span && last.page + last.count * span === page;
  return isNext && last.level === level && last.global === global;
}
