/** Names that decide what is RAM, and what in it is taken by whom. */
const MEMORY: readonly string[] = [
  'System RAM',
  'Kernel code',
  'Kernel rodata',
  'Kernel data',
  'Kernel bss',
  'Crash kernel',
  'Kexec kernel',
];
const SPELLED: ReadonlyMap<string, string> = new Map(MEMORY.map((name) => [name.toLowerCase(), name]));
/** How memory that a driver plugs in is called. */
const PLUGGED = 'System RAM (';

/** Blanks around a name, blanks that are no blank, and what cannot be seen. */
const UNSEEN = /^\s|\s$|[^\S ]|[\p{Cc}\p{Cf}]/u;
/** Another line. */
const RANGE = /[0-9a-f]{4,16}-[0-9a-f]{4,16} :/;
const ANY_MEMORY = new RegExp(MEMORY.join('|').replaceAll(' ', '\\s*'), 'i');
/** Names of memory in other text, and what most of a map's claims are called. */
const NAMED = new RegExp(
  `(?<![\\p{L}\\p{N}])(?:${MEMORY.join('|').replaceAll(' ', '\\s*')}|(?<!rights )reserved)(?![\\p{L}\\p{N}=])`,
  'giu',
);
/** Letters of a cut name that make it one. */
const CUT = 3;

/**
 * What keeps a text from being a name that the kernel writes, for messages; undefined for a name. One that only looks like
 * the kernel's own must not pass for a device: its RAM would be missing, or its claim.
 */
export function faultOfName(name: string): string | undefined {
  if (UNSEEN.test(name)) return 'a name with blanks around it, or with characters that cannot be seen';
  if (hasRange(name)) return 'a name with another range in it';
  return isLikeMemory(name) ? 'a name that is like one of memory, but not it' : undefined;
}

/** Whether another line has come into a name. */
export function hasRange(name: string): boolean {
  return RANGE.test(name);
}

/** Whether it is the name of a kind of memory. */
export function isMemory(name: string): boolean {
  return MEMORY.includes(name);
}

/** Whether a range of this name claims memory that would else be free, or is a part of the kernel. */
export function isClaim(name: string | null): boolean {
  return name === 'reserved' || (name !== null && name !== 'System RAM' && isMemory(name));
}

/** Whether the name of a kind of memory is in a name that is not it. */
export function isLikeMemory(name: string): boolean {
  return ANY_MEMORY.test(name) && !MEMORY.includes(name) && !name.startsWith(PLUGGED);
}

/** Whether the text may have ended before the name of a kind of memory did. */
export function isCutMemory(name: string): boolean {
  return name.length >= CUT && MEMORY.some((whole) => whole !== name && whole.startsWith(name));
}

/** The name of a kind of memory that differs only in capitals and in the number of blanks; else the name itself. */
export function mendedName(name: string): string {
  return ANY_MEMORY.test(name) ? (SPELLED.get(name.toLowerCase().replaceAll(/\s+/g, ' ')) ?? name) : name;
}

/** What a text says beside the names that claims in memory have; undefined where it has none of them. */
export function besideNames(text: string): string | undefined {
  const rest = text.replaceAll(NAMED, ' ');
  return rest === text ? undefined : rest;
}
