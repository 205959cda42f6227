import { COMMA, DASH } from './characters.ts';
import {
  COMPLAINTS,
  type ComplaintKind,
  type CrashkernelSuffix,
  crashkernelTokenEnd,
  isRangeList,
  newPass,
  type Pass,
  parseClause,
  parseSimple,
  parseSuffixed,
  roundedRam,
  suffixOf,
} from './grammar.ts';
import type { KernelVersion } from './kernel.ts';
import { memparse } from './number.ts';

/** One `start-[end]:size` of a range list. */
export interface Clause {
  /** Index of its first character. */
  start: number;
  /** Index after its last character. */
  end: number;
  /** Index of the size in it. */
  sizeStart: number;
  /** RAM in bytes from which on it holds. */
  from: bigint;
  /** RAM below which it holds; null for an open range. */
  to: bigint | null;
  /** What it reserves. */
  size: bigint;
  /** True if this is the one that decides. */
  matched: boolean;
}

/** What stops a reading: its kind, the kernel's words, and the index where they arise. */
export interface Complaint {
  at: number;
  kind: ComplaintKind;
  text: string;
}

/** One place in the line that Linux takes for the parameter. */
export interface Occurrence {
  /** Index of the parameter's name. */
  start: number;
  /** Index of its value. */
  valueStart: number;
  /** Index after it: only a space ends it. */
  end: number;
  /** The text from start to end. */
  text: string;
  /** `size[@base]`, a range list, or a size with a suffix. */
  form: 'simple' | 'ranges' | 'suffixed';
  suffix: CrashkernelSuffix | null;
  /** Whether Linux's result depends on it. */
  used: boolean;
  /** Why Linux ignores it, or null. */
  ignoredBecause: string | null;
  /** The size it asks for on this machine. */
  size: bigint;
  /** Index after what was read as size or list. */
  sizeEnd: number;
  /** Index of the `@` that Linux reads a base behind; -1 without one. */
  baseAt: number;
  /** The base, and the index after it. */
  base: bigint;
  baseEnd: number;
  /** The clauses of a range list, those that Linux does not look at included. */
  clauses: Clause[];
  /** What Linux complains about while reading it, or null. */
  complaint: Complaint | null;
  /** What is wrong with clauses that Linux does not look at on this machine, or null. */
  unread: Complaint | null;
}

/** More occurrences than this are an attack, not a command line: only the last ones are read. */
const MOST = 100;

/** Every occurrence of the parameter's text, each read by the kernel's own grammar. */
export function findOccurrences(line: string, name: string, ram: bigint, kernel: KernelVersion): Occurrence[] {
  const needle = `${name}=`;
  const starts: number[] = [];
  for (let at = line.lastIndexOf(needle); at >= 0 && starts.length < MOST; ) {
    starts.push(at);
    at = at > 0 ? line.lastIndexOf(needle, at - 1) : -1;
  }
  return starts.toReversed().map((start) => {
    const end = crashkernelTokenEnd(line, start);
    return readOccurrence(newPass(line, ram, name, kernel), start, start + needle.length, end);
  });
}

function readOccurrence(pass: Pass, start: number, valueStart: number, end: number): Occurrence {
  const { line } = pass;
  const suffix = suffixOf(line, end, pass.kernel);
  const form = suffix ? 'suffixed' : isRangeList(line, valueStart) ? 'ranges' : 'simple';
  const occurrence: Occurrence = {
    start,
    valueStart,
    end,
    text: line.slice(start, end),
    form,
    suffix,
    used: false,
    ignoredBecause: null,
    size: 0n,
    sizeEnd: valueStart + memparse(line, pass.kernel, valueStart).consumed,
    baseAt: -1,
    base: 0n,
    baseEnd: -1,
    clauses: [],
    complaint: null,
    unread: null,
  };
  if (form === 'ranges') readRanges(pass, occurrence);
  else if (suffix) parseSuffixed(pass, valueStart, suffix);
  else {
    parseSimple(pass, valueStart);
    if (line.charAt(occurrence.sizeEnd) === '@' && occurrence.sizeEnd > valueStart) {
      readBase(pass, occurrence, occurrence.sizeEnd);
    }
  }
  occurrence.size = BigInt(pass.size);
  occurrence.complaint ??= lastComplaint(pass);
  return occurrence;
}

function lastComplaint(pass: Pass): Complaint | null {
  const { complaint: kind, errorAt: at } = pass;
  const [, text] = pass.log.at(-1) ?? ['', ''];
  return kind === null ? null : { at, kind, text };
}

/** More than any RAM: with it a clause is read as it stands, and matches nothing. */
const NO_RAM = 1n << 64n;

/** Reads on behind the clause that matched, or that Linux stops at, to tell what would happen on other machines. */
function readRanges(pass: Pass, occurrence: Occurrence): void {
  const { line } = pass;
  let ram = roundedRam(pass.ram);
  let matched: Clause | undefined;
  let at = occurrence.valueStart;
  do {
    let next = parseClause(pass, at, ram);
    if (next < 0 && pass.complaint === 'too-large') {
      // Only the size is at fault: the clause is one, and others may follow.
      occurrence.complaint = lastComplaint(pass);
      ram = NO_RAM;
      next = parseClause(pass, at, ram);
    }
    if (next < 0) {
      if (matched) occurrence.unread = lastComplaint(pass);
      else occurrence.complaint ??= lastComplaint(pass);
      break;
    }
    const clause = clauseOf(pass, at, next);
    occurrence.clauses.push(clause);
    if (clause.matched) {
      matched = clause;
      ram = NO_RAM;
    }
    at = next;
  } while (line.charCodeAt(at++) === COMMA);
  pass.complaint = null;
  pass.size = matched?.size ?? 0n;
  occurrence.sizeEnd = matched?.end ?? occurrence.clauses.at(-1)?.end ?? occurrence.valueStart;
  if (matched) readRangeBase(pass, occurrence);
}

function clauseOf(pass: Pass, start: number, end: number): Clause {
  const { line, matched } = pass;
  const sizeStart = line.indexOf(':', start) + 1;
  const isOpen = line.charCodeAt(sizeStart - 2) === DASH;
  const to = isOpen ? null : BigInt(pass.to);
  return { start, end, sizeStart, from: BigInt(pass.from), to, size: BigInt(pass.clauseSize), matched };
}

function readRangeBase(pass: Pass, occurrence: Occurrence): void {
  const sign = pass.line.indexOf('@', occurrence.sizeEnd);
  if (pass.size === 0n || sign < 0 || sign >= occurrence.end) return;
  readBase(pass, occurrence, sign);
  if (occurrence.baseEnd !== sign + 1) return;
  occurrence.complaint = { at: sign + 1, kind: 'no-base', text: `${pass.name}: ${COMPLAINTS['no-base']}` };
}

function readBase(pass: Pass, occurrence: Occurrence, sign: number): void {
  const { value, consumed } = memparse(pass.line, pass.kernel, sign + 1);
  occurrence.baseAt = sign;
  occurrence.base = value;
  occurrence.baseEnd = sign + 1 + consumed;
}
