/** Where each property name stands in a strings block. */
export interface StringTable {
  readonly offsets: ReadonlyMap<string, number>;
  /** The names that have bytes of their own, in order. */
  readonly stored: readonly string[];
  /** Bytes of the whole block. */
  readonly size: number;
}

interface Ending {
  readonly name: string;
  /** Its letters from the last to the first: names that end alike stand together when these are sorted. */
  readonly reversed: string;
  /** The earliest of the names that end with this one; itself, if none was before it. */
  earliest: number;
}

/**
 * Lays property names out as dtc does: in the order of their first use, where a name that an earlier one ends with shares
 * its bytes (`phandle` lies in `linux,phandle`).
 */
export function layOutStrings(names: ReadonlySet<string>): StringTable {
  const inOrder = [...names];
  const earliest = earliestHolders(inOrder);
  const offsets = new Map<string, number>();
  const stored: string[] = [];
  let size = 0;
  inOrder.forEach((name, index) => {
    const holder = inOrder[earliest[index] ?? index] ?? name;
    const at = offsets.get(holder);
    if (at !== undefined) {
      offsets.set(name, at + holder.length - name.length);
      return;
    }
    offsets.set(name, size);
    stored.push(name);
    size += name.length + 1;
  });
  return { offsets, stored, size };
}

/** For each name the first of all that end with it: sorted from the end, those follow it in one run. */
function earliestHolders(names: readonly string[]): Uint32Array {
  const endings = names.map((name, index): Ending => ({ name, reversed: reverse(name), earliest: index }));
  const sorted = [...endings].sort((a, b) => (a.reversed < b.reversed ? -1 : 1));
  const open: Ending[] = [];
  const close = (until: (top: Ending) => boolean): void => {
    for (let top = open.at(-1); top !== undefined && !until(top); top = open.at(-1)) {
      open.pop();
      const below = open.at(-1);
      if (below !== undefined) below.earliest = Math.min(below.earliest, top.earliest);
    }
  };
  for (const ending of sorted) {
    close((top) => ending.reversed.startsWith(top.reversed));
    open.push(ending);
  }
  close(() => false);
  return Uint32Array.from(endings, (ending) => ending.earliest);
}

function reverse(name: string): string {
  let reversed = '';
  for (let at = name.length - 1; at >= 0; at--) reversed += name.charAt(at);
  return reversed;
}
