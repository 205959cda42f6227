import { attributesOf, unprivileged } from './attributes.ts';
import { IoportError } from './error.ts';
import { readLeniently } from './lenient.ts';
import { faultOfName, isCutMemory } from './names.ts';
import { lastChild, type MutableResource, newResource, type Resource } from './resource.ts';
import { linkAfter } from './siblings.ts';
import { createTree, type ResourceTree, type TreeKind } from './tree.ts';

/** A name with what the kernel gives to its resources. */
interface Described {
  name: string | null;
  flags: number;
  desc: number;
}

/** Where the reader is. */
interface Reader {
  text: string;
  kind: TreeKind;
  digits: number;
  line: number;
  /** Open resources, the root first: entry n is the parent of indentation level n. */
  open: MutableResource[];
  /** Deepest indentation level seen. */
  deepest: number;
  /** Whether a line at the deepest indentation lay inside the line before it. */
  folded: boolean;
  /** Whether an address other than 0 was seen. */
  nonzero: boolean;
  newline: '\n' | '\r\n';
  /** Names seen so far. */
  names: Map<string, Described>;
  /** Index where the address just read ends. */
  next: number;
}

const SPACE = 0x20;
const DASH = 0x2d;
const COLON = 0x3a;

/** How to read a map. */
export interface ReadingOptions {
  /**
   * Pass over what is not the kernel's own text: prompts, blank lines, quotes, lost indentation. The tree's `notes` say what
   * that was. False by default: a line that the kernel cannot have written is an error.
   */
  lenient?: boolean | undefined;
}

/**
 * Reads /proc/iomem. {@link printIomem} gives the same text back byte for byte. Flags and descriptors are not in the
 * text: they are set as the kernel sets them for resources of these names, MEM for unknown names.
 *
 * @throws {IoportError} EPERM if all addresses are zero (read without privilege); EINVAL, with the line, for text that
 * the kernel cannot have written; only what contradicts itself where `lenient` is asked
 * for.
 */
export function parseIomem(text: string, { lenient = false }: ReadingOptions = {}): ResourceTree {
  return lenient ? readLeniently(text, 'iomem') : parseTree(text, 'iomem');
}

/** Reads /proc/ioports; as {@link parseIomem}. */
export function parseIoports(text: string, { lenient = false }: ReadingOptions = {}): ResourceTree {
  return lenient ? readLeniently(text, 'ioport') : parseTree(text, 'ioport');
}

function parseTree(text: string, kind: TreeKind): ResourceTree {
  const tree = createTree(kind);
  const reader: Reader = {
    text,
    kind,
    digits: kind === 'iomem' ? 8 : 4,
    line: 0,
    open: [tree.root],
    deepest: 0,
    folded: false,
    nonzero: false,
    newline: firstNewline(text),
    names: new Map(),
    next: 0,
  };
  let at = 0;
  while (at < text.length) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    reader.line++;
    readLine(reader, at, newline < 0 ? end : lineEnd(reader, at, end));
    at = end + 1;
  }
  if (reader.line > 0 && !reader.nonzero) throw unprivileged(kind);
  tree.layout = {
    levels: layoutLevels(reader),
    newline: reader.newline,
    finalNewline: text === '' || text.endsWith('\n'),
  };
  return tree;
}

function firstNewline(text: string): '\n' | '\r\n' {
  const first = text.indexOf('\n');
  return first > 0 && text.charAt(first - 1) === '\r' ? '\r\n' : '\n';
}

/** Where a line ends that has a line feed at `end`. All lines of a text end alike. */
function lineEnd(reader: Reader, at: number, end: number): number {
  if (reader.newline === '\n') return end;
  if (end > at && reader.text.charAt(end - 1) === '\r') return end - 1;
  throw malformed(reader, at, end, 'ends with a line feed alone, the first line with a carriage return', LENIENT);
}

/** Indentation distinguishes 8 levels, 5 in older kernels; no kernel writes deeper text, but it is kept. */
function layoutLevels({ deepest, folded }: Reader): number {
  if (deepest > 8) return Number.POSITIVE_INFINITY;
  return folded ? deepest : 8;
}

const LENIENT = 'give the text of /proc/iomem as the kernel writes it; a pasted map can be read leniently';

function malformed(reader: Reader, at: number, end: number, what: string, hint: string): IoportError {
  const value = reader.text.slice(at, Math.min(end, at + 100));
  return new IoportError('EINVAL', `line ${reader.line}: ${what}: ${JSON.stringify(value)}`, hint, {
    line: reader.line,
    value,
  });
}

function readLine(reader: Reader, at: number, end: number): void {
  const { text } = reader;
  let from = at;
  while (text.charCodeAt(from) === SPACE && from < end) from++;
  const start = readAddress(reader, from, DASH, at, end);
  const last = readAddress(reader, reader.next + 1, SPACE, at, end);
  const colon = reader.next + 1;
  if (colon + 2 > end || text.charCodeAt(colon) !== COLON || text.charCodeAt(colon + 1) !== SPACE) {
    throw notALine(reader, at, end);
  }
  const { name, flags, desc } = described(reader, text.slice(colon + 2, end), at, end);
  if (end === text.length && name !== null && isCutMemory(name))
    throw malformed(reader, at, end, 'a name that is cut', LENIENT);
  const parent = parentFor(reader, from - at, start, last, at, end);
  const resource = newResource(name, start, last, flags, desc);
  linkAfter(parent, resource, lastChild(parent));
  reader.open.push(resource);
}

/** Names repeat a lot: one copy of each is kept, and none of them holds on to the text. */
function described(reader: Reader, name: string, at: number, end: number): Described {
  const known = reader.names.get(name);
  if (known) return known;
  const fault = faultOfName(name);
  if (fault !== undefined) throw malformed(reader, at, end, fault, LENIENT);
  const [flags, desc] = attributesOf(name, reader.kind);
  const fresh = { name: name === '<BAD>' ? null : name, flags, desc };
  reader.names.set(name, fresh);
  return fresh;
}

function notALine(reader: Reader, at: number, end: number): IoportError {
  const isBlank = reader.text.slice(at, end).trim() === '';
  const hint = isBlank ? 'the kernel writes no blank lines: take them out, or read the map leniently' : LENIENT;
  return malformed(reader, at, end, 'not "start-end : name"', hint);
}

/**
 * Hex digits without prefix, lower case, padded with zeros to the tree's width, up to a stop character, whose index is
 * left in `next`.
 */
function readAddress(reader: Reader, from: number, stop: number, at: number, end: number): bigint {
  const { text, digits } = reader;
  let value = 0;
  let i = from;
  for (; i < end; i++) {
    const c = text.charCodeAt(i);
    const digit = c >= 0x30 && c <= 0x39 ? c - 0x30 : c >= 0x61 && c <= 0x66 ? c - 0x57 : -1;
    if (digit < 0) break;
    value = value * 16 + digit;
  }
  const length = i - from;
  if (length === 0 || (i < end && text.charCodeAt(i) !== stop) || i >= end) throw notALine(reader, at, end);
  if (length < digits || length > 16 || (length > digits && text.charCodeAt(from) === 0x30)) {
    const hint = `addresses are lower-case hex digits, at least ${digits} of them, without 0x`;
    throw malformed(
      reader,
      at,
      end,
      `${JSON.stringify(text.slice(from, Math.min(i, from + 40)))} is not an address`,
      hint,
    );
  }
  reader.next = i;
  if (value !== 0) reader.nonzero = true;
  return length <= 13 ? BigInt(value) : BigInt(`0x${text.slice(from, i)}`);
}

/** Levels at which the kernel stops to indent: lines there may belong deeper. */
function isFoldLevel(level: number): boolean {
  return level === 8 || level === 5;
}

function parentFor(
  reader: Reader,
  indent: number,
  start: bigint,
  end: bigint,
  at: number,
  lineEnd: number,
): MutableResource {
  const { open } = reader;
  const level = indent / 2;
  const previous = open.at(-1);
  // The unprivileged listing keeps its structure: nothing can be checked against zeros.
  if (level > Math.min(open.length - 1, Math.max(reader.deepest + 1, 1)) || !Number.isInteger(level)) {
    throw malformed(
      reader,
      at,
      lineEnd,
      `indented by ${indent} blanks`,
      'each level is two blanks deeper than the last; a map that has lost its indentation can be read leniently',
    );
  }
  if (level > reader.deepest) {
    reader.deepest = level;
    reader.folded = false;
  }
  if (previous && open.length - 1 > level && isFoldLevel(level) && encloses(previous, start, end)) {
    reader.folded = true;
  } else if (reader.folded && level === reader.deepest) {
    while (open.length - 1 > level && !encloses(open.at(-1), start, end)) open.pop();
  } else open.length = level + 1;
  const parent = open.at(-1);
  if (!parent) throw malformed(reader, at, lineEnd, 'no parent', 'the first line must not be indented');
  if (reader.nonzero) checkPlace(reader, parent, start, end, at, lineEnd);
  return parent;
}

function encloses(resource: Resource | undefined, start: bigint, end: bigint): boolean {
  return resource !== undefined && resource.start <= start && resource.end >= end;
}

function checkPlace(reader: Reader, parent: Resource, start: bigint, end: bigint, at: number, lineEnd: number): void {
  const hint = 'the kernel lists resources in order, apart from each other, inside their parents: is a line missing?';
  if (end < start) throw malformed(reader, at, lineEnd, 'range is reversed', hint);
  if (!encloses(parent, start, end))
    throw malformed(reader, at, lineEnd, `outside ${JSON.stringify(parent.name)}`, hint);
  const last = lastChild(parent);
  if (last && last.end >= start) {
    throw malformed(reader, at, lineEnd, `overlaps or precedes ${JSON.stringify(last.name)}`, hint);
  }
}

/** Writes a tree as /proc/iomem or /proc/ioports shows it to root; byte for byte what it was read from. */
export function printIomem(tree: ResourceTree): string {
  const lines = resourceLines(tree.root, { levels: tree.layout.levels });
  if (lines.length === 0) return '';
  return lines.join(tree.layout.newline) + (tree.layout.finalNewline ? tree.layout.newline : '');
}

/** How to list a tree. */
export interface ListingOptions {
  /** False hides addresses as the kernel does from unprivileged readers; true by default. */
  privileged?: boolean | undefined;
  /** Levels that get an indentation of their own; 8 by default. */
  levels?: number | undefined;
}

/** The lines of /proc/iomem for what is below `root`. */
export function resourceLines(root: Resource, options: ListingOptions = {}): string[] {
  const { privileged = true, levels = 8 } = options;
  const digits = root.end < 0x1_0000n ? 4 : 8;
  const zeros = '0'.repeat(digits);
  const hex = (address: bigint): string => (privileged ? address.toString(16).padStart(digits, '0') : zeros);
  const lines: string[] = [];
  const indents: string[] = [''];
  let depth = 0;
  let at = root.child;
  while (at) {
    const level = Math.min(depth, levels);
    indents[level] ??= '  '.repeat(level);
    lines.push(`${indents[level]}${hex(at.start)}-${hex(at.end)} : ${at.name ?? '<BAD>'}`);
    if (at.child) {
      depth++;
      at = at.child;
      continue;
    }
    while (at && !at.sibling && at.parent !== root) {
      at = at.parent;
      depth--;
    }
    at = at ? at.sibling : null;
  }
  return lines;
}
