/** How many of a list are named. */
const NAMED = 8;

/** A list for people: files can have any number of parts, and nobody reads them all. */
export function listed(names: readonly string[]): string {
  if (names.length <= NAMED) return names.join(', ');
  return `${names.slice(0, NAMED).join(', ')} and ${names.length - NAMED} more`;
}
