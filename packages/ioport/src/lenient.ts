import { attributesOf, unprivileged } from './attributes.ts';
import { IoportError } from './error.ts';

import { MAX_ADDRESS } from './range.ts';
import { insertResourceConflict } from './request.ts';
import { lastChild, type MutableResource, newResource, type Resource } from './resource.ts';
import { linkAfter } from './siblings.ts';
import { formatRange } from './text.ts';
import { createTree, type MapNote, type ResourceTree, type TreeKind } from './tree.ts';

/** What stands in front of a line in mails, logs, and the output of grep. */
const PREFIX = /^(?:[>|]\s?)*(?:\[[\s\d.]+\]\s)?(?:[\w./-]*iomem:)?(?:\d{1,6}[:-](?=\s*[0-9a-f]+-))?/i;
const RANGE = /^(?:0x)?([0-9a-f]{1,16})\s*-\s*(?:0x)?([0-9a-f]{1,16})\s*:(?:\s(.*))?$/i;
/** As the kernel writes it, whatever the indentation. */
const EXACT = /^ *[0-9a-f]{4,16}-[0-9a-f]{4,16} : (?:.*\S)?$/;

/** What is said of lines of one kind. */
const SAYINGS: Readonly<Record<MapNote['what'], string>> = {
  'blank line': 'passed over: nothing stands there',
  'not a range': 'passed over: not "start-end : name"',
  spelling: 'read in spite of blanks, capitals or prefixes that the kernel does not write',
  indentation: 'the indentation was lost: each range was put inside the one that holds it',
  order: 'out of order: put where the range belongs',
  excerpt: 'nothing is listed inside of System RAM: what is taken there is not known',
};

/** A map under way. */
interface Reading {
  readonly kind: TreeKind;
  readonly tree: ResourceTree;
  /** The resources that the last one lies in, itself included. */
  readonly open: Resource[];
  readonly noted: Map<MapNote['what'], { lines: number[]; text: string }>;
  /** Indentation of each open resource. */
  readonly indents: number[];
  ranges: number;
  nonzero: boolean;
}

/**
 * Reads a map as people paste it: prompts, blank lines, trailing blanks, numbers of lines, quotes, lost indentation.
 * Nesting comes from the ranges alone, which tell as much: resources that lie beside each other never overlap. What was
 * passed over, or mended, is noted. See `parseIomem` with `lenient`.
 *
 * @throws {IoportError} EPERM if all addresses are zero; EINVAL, with the line, for ranges that are reversed or overlap in
 * part, and for text without any range.
 */
export function readLeniently(text: string, kind: TreeKind): ResourceTree {
  const tree = createTree(kind);
  const reading: Reading = {
    kind,
    tree,
    open: [tree.root],
    noted: new Map(),
    indents: [-1],
    ranges: 0,
    nonzero: false,
  };
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  if (lines.at(-1) === '') lines.pop();
  lines.forEach((line, index) => {
    readLine(reading, line, index + 1);
  });
  if (reading.ranges === 0 && lines.length > 0) throw withoutRange(lines[0] ?? '');
  if (reading.ranges > 0 && !reading.nonzero) throw unprivileged(kind);
  noteExcerpt(reading);
  return { ...tree, notes: notesOf(reading) };
}

function withoutRange(line: string): IoportError {
  const value = line.slice(0, 100);
  const hint = 'give the text of /proc/iomem, as read by root';
  return new IoportError('EINVAL', `no line is a range: ${JSON.stringify(value)}`, hint, { line: 1, value });
}

function readLine(reading: Reading, line: string, number: number): void {
  // Pages in a browser have hard blanks, and some editors tabs.
  const blanks = line.replaceAll('\u00a0', ' ').replaceAll('\t', '  ');
  if (blanks.trim() === '') {
    note(reading, 'blank line', number, line);
    return;
  }
  const bare = blanks.replace(PREFIX, '');
  const match = RANGE.exec(bare.trim());
  if (match === null) {
    note(reading, 'not a range', number, line);
    return;
  }
  if (!EXACT.test(line)) note(reading, 'spelling', number, line);
  const [, from = '0', to = '0', name = ''] = match;
  const [flags, desc] = attributesOf(name.trim(), reading.kind);
  const label = name.trim() === '<BAD>' ? null : name.trim();
  const resource = newResource(label, BigInt(`0x${from}`), BigInt(`0x${to}`), flags, desc);
  if (resource.end < resource.start) throw misplaced(line, number, 'range is reversed');
  if (resource.end !== 0n) reading.nonzero = true;
  reading.ranges++;
  // Unprivileged copies are refused in the end, whatever they look like.
  if (reading.nonzero) place(reading, resource, bare.length - bare.trimStart().length, line, number);
}

/** A resource goes into the innermost one that holds it, behind what is there; or where its range belongs. */
function place(reading: Reading, resource: MutableResource, indent: number, line: string, number: number): void {
  const { open, indents } = reading;
  while (open.length > 1 && !holds(open.at(-1), resource)) {
    open.pop();
    indents.pop();
  }
  const parent = open.at(-1) ?? reading.tree.root;
  if (!holds(parent, resource)) throw misplaced(line, number, `beyond ${formatRange(parent)}`);
  if (indent <= (indents.at(-1) ?? -1)) note(reading, 'indentation', number, line);
  const last = lastChild(parent);
  if (last && last.end >= resource.start) insertOutOfOrder(reading, resource, line, number);
  else linkAfter(parent, resource, last);
  open.push(resource);
  indents.push(indent);
}

function insertOutOfOrder(reading: Reading, resource: MutableResource, line: string, number: number): void {
  const conflict = insertResourceConflict(reading.tree.root, resource);
  if (conflict) throw misplaced(line, number, `overlaps ${JSON.stringify(conflict.name)} in part`);
  note(reading, 'order', number, line);
}

function holds(outer: Resource | undefined, inner: Resource): boolean {
  return outer !== undefined && outer.start <= inner.start && outer.end >= inner.end && inner.end <= MAX_ADDRESS;
}

function misplaced(line: string, number: number, what: string): IoportError {
  const value = line.trim().slice(0, 100);
  const hint = 'the kernel lists no two resources that overlap in part: is it the map of one machine?';
  return new IoportError('EINVAL', `line ${number}: ${what}: ${JSON.stringify(value)}`, hint, { line: number, value });
}

function note({ noted }: Reading, what: MapNote['what'], line: number, text: string): void {
  const known = noted.get(what);
  if (known) known.lines.push(line);
  else noted.set(what, { lines: [line], text });
}

/** Of a map that lists System RAM only, nobody can tell what is free. */
function noteExcerpt(reading: Reading): void {
  if (reading.kind !== 'iomem') return;
  let ram = 0;
  for (let at = reading.tree.root.child; at; at = at.sibling) {
    if (at.name !== 'System RAM') continue;
    if (at.child) return;
    ram++;
  }
  if (ram > 0) reading.noted.set('excerpt', { lines: [], text: '' });
}

function notesOf({ noted }: Reading): MapNote[] {
  return [...noted].map(([what, { lines, text }]) => {
    const [first] = lines;
    const more = lines.length > 1 ? ` and ${lines.length - 1} more` : '';
    const where = first === undefined ? '' : `line ${first}${more}, ${JSON.stringify(text.trim().slice(0, 60))}: `;
    return { what, lines, message: `${where}${SAYINGS[what]}` };
  });
}
