import { attributesOf, unprivileged } from './attributes.ts';
import { DASH, isOfPorts, mayClaim } from './claims.ts';
import { IoportError } from './error.ts';
import { excerptSign } from './excerpt.ts';
import { hasRange, isClaim, isCutMemory, isLikeMemory, mendedName } from './names.ts';
import { PastedOrder, type Read } from './pasted-order.ts';
import { childrenOf, descendantsOf, newResource, type Resource } from './resource.ts';
import { isOfTerminal } from './terminal.ts';
import { formatRange } from './text.ts';
import { createTree, type MapNote, type ResourceTree, type TreeKind } from './tree.ts';

/** What stands in front of a line in mails, logs, and the output of grep. */
const PREFIX =
  /^(?:[>|]\s?)*(?:\[[\s\d.]+\]\s)?(?:[\w./-]*iomem:)?(?:\d{1,6}[:-](?=\s*[0-9a-f]+-)|\s{0,8}\d{1,6}\s\s(?=\s*[0-9a-f]{8,16}-))?/i;
const RANGE = new RegExp(`^(?:0x)?([0-9a-f]{1,16})\\s*${DASH}\\s*(?:0x)?([0-9a-f]{1,16})\\s*:(?:\\s(.*))?$`, 'i');
/** As the kernel writes them, whatever the indentation. */
const EXACT: Readonly<Record<TreeKind, RegExp>> = {
  iomem: /^( *)([0-9a-f]{8}|[1-9a-f][0-9a-f]{8,15})-([0-9a-f]{8}|[1-9a-f][0-9a-f]{8,15}) : ((?! )[ -~]*[!-~])?$/,
  ioport: /^( *)([0-9a-f]{4})-([0-9a-f]{4}) : ((?! )[ -~]*[!-~])?$/,
};
/** The fewest digits of an address. */
const DIGITS: Readonly<Record<TreeKind, number>> = { iomem: 8, ioport: 4 };
const FULL = 16;

/** What needs no cleaning. */
const PLAIN = /^[ -~]*$/;
const ESCAPE = new RegExp(`${String.fromCharCode(0x1b)}\\[[0-9;]*[A-Za-z]`, 'g');
/** What cannot be seen at all. */
const UNSEEN = /\p{Cf}/gu;
const QUOTED = /^\s*(["'])(.*)\1,?\s*$/;
/** What pages and programs write for the end of a line. */
const LINE_END = /(?:<br ?\/?>|\\r\\n|\\n)\s{0,8}$/;

/** What is said of lines of one kind. */
const SAYINGS: Readonly<Record<MapNote['what'], string>> = {
  'blank line': 'passed over: nothing stands there',
  'not a range': 'passed over: not "start-end : name"',
  again: 'passed over: the same line stands before it',
  hidden: 'passed over: addresses that the kernel hides from unprivileged readers',
  spelling: 'read in spite of blanks, capitals or prefixes that the kernel does not write',
  name: "like the kernel's name for a kind of memory, but not it: taken for a device",
  indentation: 'the indentation was lost: each range was put inside the one that holds it',
  order: 'out of order: put where the range belongs',
  place: 'indented as if inside of what stands before it, which does not hold it: is a line missing, or a digit wrong?',
  excerpt: '',
  'two kernels': 'more than one running kernel is listed: is it the map of one machine, at one time?',
};

/** A map under way. */
interface Reading {
  readonly kind: TreeKind;
  readonly order: PastedOrder;
  readonly noted: Map<MapNote['what'], { lines: number[]; text: string; message?: string }>;
  /** Lines out of order whose start has fewer digits than its end: it may have lost one. */
  readonly doubtful: { line: string; number: number }[];
  /** A line that may stand for others that were left out, if more come. */
  gap: { line: string; number: number } | undefined;
  isAmongPorts: boolean;
  /** What the lines say whose addresses are hidden; the first of them; and what the others say. */
  readonly hidden: { readonly names: (string | null)[]; first?: { line: string; number: number } };
  readonly names: (string | null)[];
  readonly named: Map<string, Named>;
  /** What is in System RAM, or its address is wrong: the running kernel, and what is indented as if inside of something. */
  readonly suspects: Read[];
  ranges: number;
  nonzero: boolean;
}

/**
 * Reads a map as people paste it: prompts, blank lines, trailing blanks, numbers of lines, quotes, lost indentation.
 * Nesting comes from the ranges alone, which tell as much: resources that lie beside each other never overlap. What was
 * passed over, or mended, is noted. A line that may have been a range, and is not read as one, is refused: what it claimed would
 * seem to be free. See `parseIomem` with `lenient`.
 *
 * @throws {IoportError} EPERM if all addresses are zero; EINVAL, with the line, for ranges that are reversed, overlap in
 * part or are not whole, and for text without any range.
 */
export function readLeniently(text: string, kind: TreeKind): ResourceTree {
  const tree = createTree(kind);
  const reading: Reading = {
    kind,
    order: new PastedOrder(tree.root),
    noted: new Map(),
    doubtful: [],
    gap: undefined,
    isAmongPorts: false,
    hidden: { names: [] },
    names: [],
    named: new Map(),
    suspects: [],
    ranges: 0,
    nonzero: false,
  };
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  if (lines.at(-1) === '') lines.pop();
  lines.forEach((line, index) => {
    readLine(reading, { line, number: index + 1, isLast: index === lines.length - 1 });
  });
  if (reading.ranges === 0 && lines.length > 0) throw withoutRange(lines[0] ?? '');
  if (reading.ranges > 0 && !reading.nonzero) throw unprivileged(kind);
  const overlap = reading.order.linkBelow(tree.root);
  if (overlap) throw overlapping(overlap);
  refuseDoubtful(reading);
  refuseHidden(reading);
  if (kind === 'iomem') judgeWhole(reading, tree);
  return { ...tree, notes: notesOf(reading) };
}

/** A start that is out of place has lost its first digit, unless the map is in no order anyway. */
function refuseDoubtful({ doubtful, noted }: Reading): void {
  const [first] = doubtful;
  if (first && doubtful.length === noted.get('order')?.lines.length) throw notWhole(first.line, first.number);
}

/** A whole copy that was read without privilege tells nothing; a line of one among others does. */
function refuseHidden({ hidden, names }: Reading): void {
  const isCopy =
    hidden.names.length % names.length === 0 && hidden.names.every((name, at) => name === names[at % names.length]);
  if (hidden.first && !isCopy) throw notWhole(hidden.first.line, hidden.first.number);
}

function withoutRange(line: string): IoportError {
  const value = line.slice(0, 100);
  const hint = 'give the text of /proc/iomem, as read by root';
  return new IoportError('EINVAL', `no line is a range: ${JSON.stringify(value)}`, hint, { line: 1, value });
}

/** A line, and where it stands. */
interface Line {
  readonly line: string;
  readonly number: number;
  readonly isLast: boolean;
}

/** A name with all that is asked of it for each line: most lines have one of a few. */
interface Named {
  /** As the kernel writes it. */
  readonly name: string;
  readonly isMended: boolean;
  readonly flags: number;
  readonly desc: number;
  readonly isCut: boolean;
  readonly isLike: boolean;
  readonly hasRange: boolean;
  readonly hasLineEnd: boolean;
}

function readLine(reading: Reading, at: Line): void {
  const exact = EXACT[reading.kind].exec(at.line);
  const named = exact && namedOf(reading, exact[4] ?? '');
  if (exact && named && !named.hasLineEnd) {
    const [, margin = '', from = '', to = ''] = exact;
    if (named.isMended) note(reading, 'spelling', at.number, at.line);
    readRange(reading, { from, to, named, indent: margin.length }, at);
  } else readSpelled(reading, at);
}

function namedOf(reading: Reading, written: string): Named {
  const known = reading.named.get(written);
  if (known) return known;
  const name = mendedName(written.trim());
  const [flags, desc] = attributesOf(name, reading.kind);
  const fresh: Named = {
    name,
    isMended: name !== written,
    flags,
    desc,
    isCut: isCutMemory(name),
    isLike: isLikeMemory(name),
    hasRange: hasRange(written),
    hasLineEnd: LINE_END.test(written),
  };
  reading.named.set(written, fresh);
  return fresh;
}

/** A line that the kernel has not written so. */
function readSpelled(reading: Reading, at: Line): void {
  const { line, number } = at;
  const clean = cleaned(line);
  if (clean.trim() === '') {
    note(reading, 'blank line', number, line);
    return;
  }
  const bare = clean.replace(PREFIX, '');
  const [range, from = '', to = '', written = ''] = RANGE.exec(bare.trim()) ?? [];
  if (range !== undefined && hasRange(written)) throw notWhole(line, number);
  if (range === undefined || !isWhole(from, reading.kind) || !isWhole(to, reading.kind)) {
    passOver(reading, { bare: bare.trim(), clean: clean.trim(), ...at });
    return;
  }
  note(reading, 'spelling', number, line);
  const indent = bare.length - bare.trimStart().length;
  readRange(reading, { from, to, named: namedOf(reading, written), indent }, at);
}

/** The parts of a line that is a range. */
interface Parts {
  readonly from: string;
  readonly to: string;
  readonly named: Named;
  readonly indent: number;
}

function readRange(reading: Reading, { from, to, named, indent }: Parts, { line, number, isLast }: Line): void {
  const { name, flags, desc } = named;
  if (named.hasRange || (isLast && named.isCut) || isDecimal(from, to)) throw notWhole(line, number);
  if (named.isLike || named.isCut) note(reading, 'name', number, line);
  const label = name === '<BAD>' ? null : name;
  const resource = newResource(label, addressOf(from), addressOf(to), flags, desc);
  if (resource.end < resource.start) throw misplaced(line, number, 'range is reversed');
  if (reading.gap) throw notWhole(reading.gap.line, reading.gap.number);
  reading.ranges++;
  if (resource.end === 0n) {
    // Where all are, the map is refused in the end.
    reading.hidden.first ??= { line, number };
    reading.hidden.names.push(label);
    note(reading, 'hidden', number, line);
    return;
  }
  reading.nonzero = true;
  const isInOrder = place(reading, { resource, indent, line, number });
  if (!isInOrder && from.length < to.length) reading.doubtful.push({ line, number });
}

/** Without what terminals, pages and programs add. Pages in a browser have blanks of their own, and some editors tabs. */
function cleaned(line: string): string {
  const seen = PLAIN.test(line) ? line : visible(line);
  return seen.replace(QUOTED, '$2').replace(LINE_END, '');
}

function visible(line: string): string {
  return line
    .replaceAll(ESCAPE, '')
    .replaceAll(UNSEEN, '')
    .replaceAll('\t', '  ')
    .replaceAll(/[^\S ]/g, ' ');
}

/** The kernel writes at least so many digits, and fills up with zeros only so far; some programs to all 16. */
function isWhole(digits = '', kind: TreeKind): boolean {
  const fewest = DIGITS[kind];
  if (digits.length === fewest || digits.length === FULL) return true;
  return digits.length > fewest && !digits.startsWith('0');
}

/** Of 13 digits or fewer a number is exact, and quicker. */
function addressOf(digits: string): bigint {
  return digits.length <= 13 ? BigInt(Number.parseInt(digits, 16)) : BigInt(`0x${digits}`);
}

const LETTER = /[a-f]/i;
const PAGE = 0xfffn;
const isAligned = (start: bigint, end: bigint): boolean => (start & PAGE) === 0n && (end & PAGE) === PAGE;

/** Whole pages by decimal digits, and not by hexadecimal ones, are no accident. */
function isDecimal(from: string, to: string): boolean {
  if (LETTER.test(to) || LETTER.test(from)) return false;
  return isAligned(BigInt(from), BigInt(to)) && !isAligned(addressOf(from), addressOf(to));
}

/** A line that is not a range. What was one must not be lost: the memory that it claims would seem to be free. */
function passOver(
  reading: Reading,
  { bare, clean, line, number, isLast }: Line & { bare: string; clean: string },
): void {
  const { kind } = reading;
  reading.isAmongPorts = isOfPorts(bare, kind, reading.isAmongPorts);
  if (mayClaim(bare, { kind, isLast, isAmongPorts: reading.isAmongPorts })) throw notWhole(line, number);
  if (reading.ranges > 0 && !isOfTerminal(clean) && !isOfTerminal(bare)) reading.gap ??= { line, number };
  note(reading, 'not a range', number, line);
}

function notWhole(line: string, number: number): IoportError {
  const value = line.trim().slice(0, 100);
  const hint = 'paste this line again, whole and as the kernel writes it; take it out only if it is not of this map';
  return new IoportError('EINVAL', `line ${number}: not a whole range: ${JSON.stringify(value)}`, hint, {
    line: number,
    value,
  });
}

/** Whether a range is in order; it is put in place whether or not. */
function place(reading: Reading, read: Read): boolean {
  const { line, number } = read;
  const { order, beyond, isFlat, astray } = reading.order.add(read);
  if (beyond) throw misplaced(line, number, `beyond ${formatRange(beyond)}`);
  const { name } = read.resource;
  if (order !== 'again' && (isKernel(name) || (astray && isClaim(name)))) reading.suspects.push(read);
  if (astray) note(reading, 'place', number, line);
  if (order !== 'again') reading.names.push(name);
  if (isFlat) note(reading, 'indentation', number, line);
  if (order === 'out of order') note(reading, 'order', number, line);
  if (order === 'again') note(reading, 'again', number, line);
  return order !== 'out of order';
}

/** Of two lines the later one is wrong: the first of them was taken for right. */
function overlapping([a, b]: readonly [Read, Read]): IoportError {
  const [first, second] = a.number < b.number ? [a, b] : [b, a];
  return misplaced(second.line, second.number, `overlaps ${JSON.stringify(first.resource.name)} in part`);
}

const APART = 'the kernel lists no two resources that overlap in part: is it the map of one machine?';
const IN_RAM =
  'the kernel and what it reserves lie in System RAM: is a line missing, or a digit wrong? paste the whole map again';

function misplaced(line: string, number: number, what: string, hint = APART): IoportError {
  const value = line.trim().slice(0, 100);
  return new IoportError('EINVAL', `line ${number}: ${what}: ${JSON.stringify(value)}`, hint, { line: number, value });
}

function note({ noted }: Reading, what: MapNote['what'], line: number, text: string): void {
  const known = noted.get(what);
  if (known) known.lines.push(line);
  else noted.set(what, { lines: [line], text });
}

/** What only the whole map shows. The kernel lists itself, in System RAM, and once. */
function judgeWhole(reading: Reading, tree: ResourceTree): void {
  const sign = excerptSign(tree);
  if (sign) reading.noted.set('excerpt', { lines: [], text: '', message: sign.message });
  if (sign?.missing !== 'System RAM') refuseStray(reading, tree);
  const kernel = reading.suspects.map(({ resource }) => resource.name).filter(isKernel);
  if (kernel.length > new Set(kernel).size) reading.noted.set('two kernels', { lines: [], text: '' });
}

const isKernel = (name: string | null): boolean => name === 'Kernel code' || name === 'Kernel data';

function refuseStray({ suspects }: Reading, { root }: ResourceTree): void {
  if (suspects.length === 0) return;
  const inRam = new Set<Resource>();
  for (const bank of childrenOf(root))
    if (bank.name === 'System RAM') for (const resource of descendantsOf(bank)) inRam.add(resource);
  const stray = suspects.find(({ resource }) => !inRam.has(resource));
  if (stray) throw misplaced(stray.line, stray.number, 'outside of System RAM', IN_RAM);
}

function notesOf({ noted }: Reading): MapNote[] {
  return [...noted].map(([what, { lines, text, message }]) => {
    const [first] = lines;
    const more = lines.length > 1 ? ` and ${lines.length - 1} more` : '';
    const where = first === undefined ? '' : `line ${first}${more}, ${JSON.stringify(text.trim().slice(0, 60))}: `;
    return { what, lines, message: message ?? `${where}${SAYINGS[what]}` };
  });
}
