/** Many texts as one, which goes from a worker to the page as a single piece. */
export interface Texts {
  readonly all: string;
  /** Where each ends, in characters. */
  readonly ends: Uint32Array;
}

export function packTexts(texts: readonly string[]): Texts {
  const ends = new Uint32Array(texts.length);
  let end = 0;
  for (const [at, { length }] of texts.entries()) {
    end += length;
    ends[at] = end;
  }
  return { all: texts.join(''), ends };
}

/** The text at an index; empty where there is none. */
export const textAt = ({ all, ends }: Texts, at: number): string => all.slice(at > 0 ? ends[at - 1] : 0, ends[at] ?? 0);

/** Where a text is that is exactly this one. */
export function indexOfText({ all, ends }: Texts, wanted: string): number | undefined {
  let start = 0;
  for (let at = 0; at < ends.length; at++) {
    const end = ends[at] ?? 0;
    if (end - start === wanted.length && all.startsWith(wanted, start)) return at;
    start = end;
  }
  return undefined;
}

/** The next text after `from`, round the end, that has this in it, small letters and large ones being the same. */
export function nextWith(texts: Texts, part: string, from: number): number | undefined {
  const wanted = part.toLowerCase();
  const length = texts.ends.length;
  for (let step = 1; step <= length; step++) {
    const at = (from + step) % length;
    if (textAt(texts, at).toLowerCase().includes(wanted)) return at;
  }
  return undefined;
}
