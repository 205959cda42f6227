/**
 * How many names the objects of a JSON text have, as it is written: where one object has a name twice, `JSON.parse` takes the last.
 *
 * @param text that `JSON.parse` has read.
 */
export function namesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at >= 0; ) {
    const end = endOf(text, at);
    if (isName(text, end + 1)) count += 1;
    at = text.indexOf('"', end + 1);
  }
  return count;
}

/** Where a string ends that begins here. */
function endOf(text: string, quote: number): number {
  let at = quote + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

/** Whether a colon follows, behind blanks. */
function isName(text: string, from: number): boolean {
  let at = from;
  while (' \t\n\r'.includes(text[at] ?? '.')) at += 1;
  return text[at] === ':';
}

/** How many names the objects of a value have, at most a few deep. */
export function namesOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce<number>((sum, each) => sum + namesOf(each), own);
}
