/** Places of a table whose values follow each other: from `from` to before `to`. */
export interface TableRun {
  readonly from: number;
  readonly to: number;
}

/** Goes through the runs of neighbours among page frame numbers, one after the other. */
export function* runsOf(pfns: Float64Array): Generator<TableRun, undefined> {
  for (let from = 0; from < pfns.length; ) {
    const first = pfns[from] ?? 0;
    let to = from + 1;
    while (to < pfns.length && pfns[to] === first + (to - from)) to += 1;
    yield { from, to };
    from = to;
  }
}
