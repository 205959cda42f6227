const TABLE_OR_PAGE = 3n;
const BLOCK = 1n;
const OUTPUT = 0xffff_ffff_f000n;

/** 4 KiB pages and 39 bits, one descriptor as one bigint. */
export interface NaiveTables {
  readonly root: bigint;
  readonly tables: Map<bigint, BigUint64Array>;
}

/**
 * Tables as a textbook maps: from the root for every page or block anew, a table made where one is missing. Takes whatever
 * pages it comes to need, and cannot tell beforehand how many.
 */
export function naiveTables(): NaiveTables {
  return { root: 0n, tables: new Map([[0n, new BigUint64Array(512)]]) };
}

/** Maps a range, with the largest blocks that the alignment of both addresses allows. */
export function naiveMap(space: NaiveTables, va: bigint, pa: bigint, size: bigint, attributes: bigint): void {
  for (let done = 0n; done < size; ) {
    const level =
      [1, 2].find((at) => (va + done) % span(at) === 0n && (pa + done) % span(at) === 0n && size - done >= span(at)) ??
      3;
    naiveMapOne(space, va + done, pa + done, level, attributes);
    done += span(level);
  }
}

function naiveMapOne(space: NaiveTables, va: bigint, pa: bigint, leaf: number, attributes: bigint): void {
  let table = tableAt(space, space.root);
  for (let level = 1; level < leaf; level++) {
    const index = indexOf(va, level);
    if (table[index] === 0n) {
      const page = BigInt(space.tables.size) << 12n;
      space.tables.set(page, new BigUint64Array(512));
      table[index] = page | TABLE_OR_PAGE;
    }
    table = tableAt(space, (table[index] ?? 0n) & OUTPUT);
  }
  table[indexOf(va, leaf)] = pa | attributes | (leaf === 3 ? TABLE_OR_PAGE : BLOCK);
}

/** The physical address that a virtual one is mapped to. */
export function naiveWalk(space: NaiveTables, va: bigint): bigint | undefined {
  let table = tableAt(space, space.root);
  for (let level = 1; ; level++) {
    const descriptor = table[indexOf(va, level)] ?? 0n;
    if ((descriptor & 3n) === TABLE_OR_PAGE && level < 3) table = tableAt(space, descriptor & OUTPUT);
    else if (descriptor === 0n) return undefined;
    else return (descriptor & OUTPUT) + (va % span(level));
  }
}

const span = (level: number): bigint => 1n << BigInt(12 + 9 * (3 - level));

const indexOf = (va: bigint, level: number): number => Number((va / span(level)) & 511n);

function tableAt(space: NaiveTables, page: bigint): BigUint64Array {
  const table = space.tables.get(page);
  if (table === undefined) throw new Error(`no table at ${page}`);
  return table;
}
