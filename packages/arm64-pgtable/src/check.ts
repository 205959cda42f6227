import { type Attributes, isAccessible, underTables } from './attributes.ts';
import { type DescriptorHalves, type DescriptorSource, outputPage, wordsAt } from './descriptor.ts';
import { CONTIGUOUS } from './descriptor-bits.ts';
import { kindOf } from './descriptor-kind.ts';
import { pagesPerEntry } from './granule.ts';
import { sameInGroup } from './group.ts';
import { appendRun, attributesReader, type GrowingRun } from './list.ts';
import type { PageRun } from './mapping.ts';
import { needObject } from './needed.ts';
import type { AddressRange, PageSpan } from './page-span.ts';
import { checkRoot } from './root.ts';
import { addressInSpace, type Shape, type Space, shapeOf } from './space.ts';

/** RAM, as far as a check must know it: inclusive ranges of physical addresses, in any order. */
export type RamRanges = readonly AddressRange[];

/** What can be wrong with tables. */
export type FindingCode =
  /** Normal cacheable memory where there is no RAM: speculation may read devices, and write lines back to them. */
  | 'cacheable-not-ram'
  /** Normal memory that is not cached where there is no RAM: speculation may read devices, and stores may be joined. */
  | 'uncached-not-ram'
  /** Device memory that may be executed: speculative fetches read the device. */
  | 'device-executable'
  /** What can be written can be executed. Not looked for in stage 2, where that is stage 1's matter. */
  | 'writable-executable'
  /** What can be written by one mapping can be executed by another. Not looked for in stage 2 either. */
  | 'writable-executable-alias'
  /** One output is mapped twice with types or shareabilities that differ: mismatched memory attributes. */
  | 'mismatched-alias'
  /** A page of the pool is not a table. */
  | 'unreachable-table'
  /** A table is not a page of the pool. */
  | 'foreign-table'
  | 'table-not-ram'
  /** The space lets its own tables be written. */
  | 'table-writable'
  /** A table is reached twice: the tables do not form a tree. */
  | 'table-shared'
  | 'table-unreadable'
  /** A descriptor's type, memory type or shareability is reserved. */
  | 'reserved-descriptor'
  /** An output beyond the output size of the space. */
  | 'address-size'
  /** Some entries with the contiguous hint are not one group. */
  | 'contiguous-group';

/** One thing that is wrong, or likely to be. */
export interface TableFinding {
  readonly code: FindingCode;
  /** `error`: hardware may misbehave. `warning`: it works, but it should not be so. */
  readonly severity: 'error' | 'warning';
  /** Input addresses that are concerned, inclusive; left out for a page that is not a table. */
  readonly range?: AddressRange;
  /** Physical address that is concerned: the first output, or the table. */
  readonly pa?: bigint;
  /** The other range of input addresses, for an alias. */
  readonly other?: AddressRange;
  /** What to do about it. */
  readonly advice: string;
}

const judgements: Record<FindingCode, readonly [TableFinding['severity'], string]> = {
  'cacheable-not-ram': ['error', 'map it as Device, or leave it out'],
  'uncached-not-ram': ['error', 'map it as Device, or leave it out'],
  'device-executable': ['error', 'set PXN and UXN (XN where there is one)'],
  'writable-executable': ['warning', 'split it into what is written and what is executed'],
  'writable-executable-alias': ['warning', 'execute it where nobody writes, or unmap what is written first'],
  'mismatched-alias': ['error', 'give both mappings the same type and shareability'],
  'unreachable-table': ['warning', 'give the page back, or link it'],
  'foreign-table': ['error', 'copy the table into a page of the pool, or add its page to the pool'],
  'table-not-ram': ['error', 'put tables into RAM'],
  'table-writable': ['warning', 'map tables read-only, or not at all'],
  'table-shared': ['error', 'give every entry a table of its own'],
  'table-unreadable': ['error', 'the walk aborts here: link a table that exists'],
  'reserved-descriptor': ['error', 'write a descriptor that the architecture has'],
  'address-size': ['error', 'the walk faults here: use outputs within the output size'],
  'contiguous-group': ['error', 'set the hint on all entries of an aligned group that continues itself, or on none'],
};

/**
 * Checks a set of tables against the memory there is. Every table is read once.
 *
 * @param ram where there is RAM.
 * @param pool page numbers that were meant for tables; without it tables may be anywhere.
 * @throws PageTableError `EINVAL` for a root that is not a page number.
 * @returns what was found: what a walk meets first, by address, then mappings, then tables.
 */
export function checkTables(
  space: Space,
  root: number,
  source: DescriptorSource,
  ram: RamRanges,
  pool?: Iterable<number>,
): TableFinding[] {
  shapeOf(space);
  needObject('source of descriptors', source);
  needObject('list of RAM', ram);
  const survey = new Survey(space, source);
  survey.all(root);
  const pages = pagesOf(survey.shape, ram);
  return [
    ...survey.findings,
    ...survey.runs.flatMap((run) => checkRun(space, survey, pages, run)),
    ...aliases(space, survey),
    ...checkPages(survey, pages, pool === undefined ? undefined : new Set(pool)),
  ];
}

/** Reads everything there is, whatever state it is in. */
class Survey {
  readonly shape: Shape;
  readonly runs: GrowingRun[] = [];
  /** Pages of tables, with the first virtual page of each. */
  readonly tables = new Map<number, number>();
  readonly findings: TableFinding[] = [];
  readonly #space: Space;
  readonly #source: DescriptorSource;
  readonly #attributesOf: (low: number, high: number) => Attributes | undefined;

  constructor(space: Space, source: DescriptorSource) {
    this.#space = space;
    this.#source = source;
    this.shape = shapeOf(space);
    this.#attributesOf = attributesReader(space, this.shape);
  }

  all(root: number): void {
    checkRoot(this.shape, root);
    const { startLevel, inputPages, indexBits } = this.shape;
    const reach = pagesPerEntry(this.shape, startLevel) * 2 ** indexBits;
    for (let joined = 0; joined * reach < inputPages; joined++)
      this.#table(root + joined, startLevel, joined * reach, 0);
  }

  finding(code: FindingCode, at: PageSpan | undefined, frame?: number, other?: PageSpan): TableFinding {
    const [severity, advice] = judgements[code];
    return {
      code,
      severity,
      ...(at === undefined ? {} : { range: this.#range(at) }),
      ...(frame === undefined ? {} : { pa: BigInt(frame) << BigInt(this.shape.pageShift) }),
      ...(other === undefined ? {} : { other: this.#range(other) }),
      advice,
    };
  }

  #range({ from, to }: PageSpan): AddressRange {
    const start = addressInSpace(this.#space, from);
    return { start, end: start + (BigInt(to - from) << BigInt(this.shape.pageShift)) - 1n };
  }

  #report(code: FindingCode, page: number, pages: number, frame?: number): void {
    this.findings.push(this.finding(code, { from: page, to: Math.min(page + pages, this.shape.inputPages) }, frame));
  }

  #table(table: number, level: number, base: number, limits: number): void {
    const span = pagesPerEntry(this.shape, level);
    const reach = span * 2 ** this.shape.indexBits;
    if (this.tables.has(table)) {
      this.#report('table-shared', base, reach, table);
      return;
    }
    this.tables.set(table, base);
    const entries = Math.min(2 ** this.shape.indexBits, Math.ceil((this.shape.inputPages - base) / span));
    const words = wordsAt(this.#source, table, entries);
    if (words === undefined) {
      this.#report('table-unreadable', base, reach, table);
      return;
    }
    this.#groups(words, level, base, entries);
    for (let index = 0; index < entries; index++) {
      const low = words[2 * index] ?? 0;
      if ((low & 1) !== 0) this.#entry(low, words[2 * index + 1] ?? 0, level, base + index * span, limits);
    }
  }

  #entry(low: number, high: number, level: number, page: number, limits: number): void {
    const span = pagesPerEntry(this.shape, level);
    const kind = kindOf(this.shape, level, low);
    const output = outputPage(this.shape, low, high);
    if (kind === 'invalid') this.#report('reserved-descriptor', page, span);
    else if (output >= this.shape.outputPages) this.#report('address-size', page, span, output);
    else if (kind === 'table') this.#table(output, level + 1, page, limits | high);
    else if (isAccessible(low) || this.#space.setsAccessFlag)
      this.#leaf(underTables(low, high, limits, this.#space), page, output - (output % span), span);
  }

  #leaf({ low, high }: DescriptorHalves, page: number, frame: number, pages: number): void {
    const attributes = this.#attributesOf(low, high);
    if (attributes === undefined) this.#report('reserved-descriptor', page, pages, frame);
    else appendRun(this.runs, { page, frame, pages, attributes });
  }

  #groups(words: Uint32Array, level: number, base: number, entries: number): void {
    const size = this.shape.contiguous[level] ?? 1;
    if (size === 1) return;
    const span = pagesPerEntry(this.shape, level);
    for (let first = 0; first < entries; first += size)
      if (!this.#isGroup(words, level, first, Math.min(size, entries - first)))
        this.#report('contiguous-group', base + first * span, size * span);
  }

  /**
   * Whether no entry has the hint, or all have it and are what it promises.
   *
   * @param reached how many of the group an address reaches; a small root may have fewer than make up one.
   */
  #isGroup(words: Uint32Array, level: number, first: number, reached: number): boolean {
    const size = this.shape.contiguous[level] ?? 1;
    const span = pagesPerEntry(this.shape, level);
    let start = 0;
    let head: DescriptorHalves | undefined;
    let hinted = 0;
    let continues = true;
    for (let index = 0; index < reached; index++) {
      const low = words[2 * (first + index)] ?? 0;
      const high = words[2 * (first + index) + 1] ?? 0;
      if ((high & CONTIGUOUS) === 0 || kindOf(this.shape, level, low) !== 'leaf') continue;
      const member = { low, high };
      const output = outputPage(this.shape, low, high);
      hinted += 1;
      head ??= member;
      if (hinted === 1) start = output - (output % span) - index * span;
      const isNext = output - (output % span) === start + index * span;
      continues &&= isNext && sameInGroup(this.#space, this.shape, member, head);
    }
    return hinted === 0 || (hinted === size && continues && start % (size * span) === 0);
  }
}

const cacheable = new Set<Attributes['type']>(['Normal', 'Normal-WT', 'Normal-Tagged', 'Normal-mixed']);

function checkRun(space: Space, survey: Survey, ram: readonly PageSpan[], run: PageRun): TableFinding[] {
  const { type, writable, executable, userExecutable } = run.attributes;
  const findings: TableFinding[] = [];
  const whole = { from: run.page, to: run.page + run.pages };
  if (type.startsWith('Device')) {
    if (executable || userExecutable) findings.push(survey.finding('device-executable', whole, run.frame));
  } else
    for (const { from, to } of outside({ from: run.frame, to: run.frame + run.pages }, ram)) {
      const page = run.page + from - run.frame;
      const code = cacheable.has(type) ? 'cacheable-not-ram' : 'uncached-not-ram';
      findings.push(survey.finding(code, { from: page, to: page + to - from }, from));
    }
  if (writable && (executable || userExecutable) && space.regime !== 'stage2')
    findings.push(survey.finding('writable-executable', whole, run.frame));
  return findings;
}

/** What a sweep of mappings by their outputs keeps: of each kind the one that goes on longest. */
class Open {
  readonly #longest = new Map<string, PageRun>();

  put(kind: string, run: PageRun): void {
    const own = this.#longest.get(kind);
    if (own === undefined || own.frame + own.pages < run.frame + run.pages) this.#longest.set(kind, run);
  }

  /** Of the kinds but one, what holds the page where a run starts. */
  *beside(kind: string, { frame }: PageRun): Iterable<PageRun> {
    for (const [other, longest] of this.#longest)
      if (other !== kind && longest.frame + longest.pages > frame) yield longest;
  }
}

/**
 * Mappings of one output that disagree on what it is, or of which one is written and the other executed. Each is told with
 * one of every other kind that goes on where it starts, the longest: of many aliases of a page there are as many findings,
 * not as many as pairs.
 */
function aliases(space: Space, survey: Survey): TableFinding[] {
  const findings: TableFinding[] = [];
  const [types, uses] = [new Open(), new Open()];
  for (const run of [...survey.runs].sort((a, b) => a.frame - b.frame || a.page - b.page)) {
    const kind = kindOfMemory(run.attributes);
    for (const other of types.beside(kind, run)) findings.push(findingOfPair(survey, 'mismatched-alias', run, other));
    types.put(kind, run);
    const use = space.regime === 'stage2' ? undefined : useOf(run.attributes);
    if (use === undefined) continue;
    for (const other of uses.beside(use, run))
      findings.push(findingOfPair(survey, 'writable-executable-alias', run, other));
    uses.put(use, run);
  }
  return findings;
}

/** What is written and executed by one mapping is told for itself. */
function useOf({ writable, executable, userExecutable }: Attributes): 'written' | 'executed' | undefined {
  const isExecuted = executable || userExecutable === true;
  if (writable === isExecuted) return undefined;
  return writable ? 'written' : 'executed';
}

function findingOfPair(survey: Survey, code: FindingCode, run: PageRun, other: PageRun): TableFinding {
  const pages = Math.min(run.frame + run.pages, other.frame + other.pages) - run.frame;
  const there = other.page + run.frame - other.frame;
  const at = { from: run.page, to: run.page + pages };
  return survey.finding(code, at, run.frame, { from: there, to: there + pages });
}

/**
 * What mappings of one output must agree on. Tags change nothing of how memory is cached, and what is not cached is outer
 * shareable whatever its descriptor says.
 */
function kindOfMemory({ type, shareability = 'inner' }: Attributes): string {
  if (!cacheable.has(type)) return type;
  return `${type === 'Normal-Tagged' ? 'Normal' : type} ${shareability}`;
}

/** What is wrong with the pages that tables lie in. */
function checkPages(survey: Survey, ram: readonly PageSpan[], pool: ReadonlySet<number> | undefined): TableFinding[] {
  const findings: TableFinding[] = [];
  const tables = [...survey.tables.keys()].sort((a, b) => a - b);
  for (const table of tables) {
    if (outside({ from: table, to: table + 1 }, ram).length > 0)
      findings.push(survey.finding('table-not-ram', undefined, table));
    if (pool !== undefined && !pool.has(table)) findings.push(survey.finding('foreign-table', undefined, table));
  }
  findings.push(...writableTables(survey, tables));
  for (const page of pool ?? [])
    if (!survey.tables.has(page)) findings.push(survey.finding('unreachable-table', undefined, page));
  return findings;
}

/**
 * Where tables can be written, tables behind each other at once. Each mapping tells the first that it holds, and those that
 * no mapping told before: there are as many findings as mappings and tables, not as pairs.
 */
function writableTables(survey: Survey, tables: readonly number[]): TableFinding[] {
  const findings: TableFinding[] = [];
  const untold = new Untold(tables.length);
  for (const { page, frame, pages, attributes } of survey.runs) {
    if (!attributes.writable) continue;
    let at = firstFrom(tables, frame);
    for (let table = tables[at]; table !== undefined && table < frame + pages; table = tables[at]) {
      const first = table;
      let to = first;
      for (; tables[at] === to && to < frame + pages; at++) {
        to += 1;
        untold.tell(at);
      }
      findings.push(survey.finding('table-writable', { from: page + first - frame, to: page + to - frame }, first));
      at = untold.from(at);
    }
  }
  return findings;
}

/** Numbers from 0 on that are told one by one: which is the next that was not? */
class Untold {
  /** For a number that was told, one behind it that may not have been. */
  readonly #next: Int32Array;

  constructor(count: number) {
    this.#next = Int32Array.from({ length: count + 1 }, (_, index) => index);
  }

  tell(number: number): void {
    this.#next[number] = this.from(number + 1);
  }

  from(number: number): number {
    let at = number;
    for (let next = this.#next[at]; next !== undefined && next !== at; next = this.#next[at]) {
      this.#next[at] = this.#next[next] ?? next;
      at = next;
    }
    return at;
  }
}

/** Where the first of ascending numbers is that is not below a number. */
const firstFrom = (numbers: readonly number[], number: number): number =>
  firstWhere(numbers.length, (index) => (numbers[index] ?? 0) >= number);

/** The first index that something holds for, where it holds for all behind that. */
function firstWhere(count: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** RAM in whole pages, ordered and joined: pages that two ranges make up together are RAM. */
function pagesOf({ pageShift }: Shape, ram: RamRanges): PageSpan[] {
  const joined: { start: bigint; end: bigint }[] = [];
  for (const { start, end } of [...ram].sort((a, b) => (a.start < b.start ? -1 : 1))) {
    const last = joined.at(-1);
    if (last === undefined || start > last.end + 1n) joined.push({ start, end });
    else if (end > last.end) last.end = end;
  }
  const size = 1n << BigInt(pageShift);
  return joined
    .map(({ start, end }) => ({ from: Number((start + size - 1n) / size), to: Number((end + 1n) / size) }))
    .filter(({ from, to }) => to > from);
}

/** The parts of a stretch that none of the others, which are ordered and disjoint, holds. */
function outside(stretch: PageSpan, others: readonly PageSpan[]): PageSpan[] {
  const parts: PageSpan[] = [];
  let at = stretch.from;
  const first = firstWhere(others.length, (index) => (others[index]?.to ?? 0) > at);
  for (let index = first; index < others.length; index++) {
    const { from, to } = others[index] ?? stretch;
    if (from >= stretch.to) break;
    if (from > at) parts.push({ from: at, to: from });
    at = to;
  }
  if (at < stretch.to) parts.push({ from: at, to: stretch.to });
  return parts;
}
