/** In how many ways a table leads to tables, and how many these are: itself among both. */
export interface Ways {
  readonly ways: number;
  readonly tables: number;
}

/** Tells the tables that one of a level leads to, one level below. */
export type TablesBelow = (table: number, level: number, visit: (below: number) => void) => void;

/**
 * Counts without going each way: what leads to itself, or is full of what was never cleared, can be gone through in more ways than
 * there is time for. The time is that of the tables, at each level that they are found at.
 */
export function waysFrom(table: number, level: number, eachBelow: TablesBelow): Ways {
  const known = new Map<number, number>();
  const last = new Set<number>();
  const waysOf = (page: number, at: number): number => {
    // Most tables are of level 3, which lead to no others.
    if (at === 3) {
      last.add(page);
      return 1;
    }
    const key = page * 8 + at + 1;
    const counted = known.get(key);
    if (counted !== undefined) return counted;
    let ways = 1;
    eachBelow(page, at, (below) => {
      ways += waysOf(below, at + 1);
    });
    known.set(key, ways);
    return ways;
  };
  const ways = waysOf(table, level);
  return { ways, tables: known.size + last.size };
}

/** How often tables may be reached at more places than one, beyond a few for each of them. */
const WAYS_MORE = 256;

/** Whether there are more ways than judging follows. */
export function isTangle({ ways, tables }: Ways): boolean {
  return ways > 4 * tables + WAYS_MORE;
}
