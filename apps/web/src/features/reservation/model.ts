import type { CrashkernelVerdict, Finding, KernelVersion } from '@kexeckit/cmdline';
import type { PredictedRegion, Range } from '@kexeckit/ioport';

/** The parameters that reserve memory for a kernel to come. */
export const parameters = ['crashkernel', 'kexeckernel'] as const;

/** One of them. */
export type Parameter = (typeof parameters)[number];

/** Kernels that were measured at boot, side by side on the page; the oldest first. */
export const kernels = ['5.10', '6.1', '6.12', '7.3'] as const satisfies readonly KernelVersion[];

/** One of them. */
export type KernelName = (typeof kernels)[number];

/** The newest, which the page opens with. */
export const firstKernel: KernelName = '7.3';

/** The kernel of this name; the first choice for a name that none has. */
export const kernelOr = (name: string | undefined): KernelName => kernels.find((one) => one === name) ?? firstKernel;

/** Characters of a line that are taken: several times what any kernel keeps. */
export const MOST_CHARACTERS = 8192;

/** What is asked: a line as it was typed, on which machine, read by whose rules. */
export interface Question {
  readonly line: string;
  /** Bytes of RAM; undefined for as many as the machine of the map has. */
  readonly ram: bigint | undefined;
  readonly kernel: KernelName;
}

/** Whether two questions have the same answer. */
export const isSameQuestion = (a: Question, b: Question): boolean =>
  a.line === b.line && a.ram === b.ram && a.kernel === b.kernel;

/** How a part of the line looks: what decides, what Linux passes over, what is wrong, and what the kernel never sees. */
export type Look = 'holds' | 'ignored' | Finding['severity'] | 'lost';

/** A part of the line, by indexes of characters. */
export interface Mark {
  readonly start: number;
  readonly end: number;
  readonly look: Look;
}

/** A mistake or trap, and the line without it. */
export interface Told extends Omit<Mark, 'look'> {
  readonly severity: Finding['severity'];
  readonly message: string;
  /** What Linux does about it. */
  readonly linux: string;
  /** What the fix writes where, in words, and the whole line with it made; undefined where only the author can know. */
  readonly fix: { readonly words: string; readonly line: string } | undefined;
}

/** Where the next boot puts it, or why it finds no place. */
export interface Landing {
  readonly regions: readonly PredictedRegion[];
  readonly refusal: { readonly message: string; readonly hint: string } | undefined;
  /** Why it is a range, or may fail, or what makes it exact. */
  readonly reason: string;
  readonly exact: boolean;
}

/** What a line reserves from one size of RAM on. */
export interface RamPiece {
  readonly from: bigint;
  /** Bytes of RAM from which on something else is so; null for no bound. */
  readonly to: bigint | null;
  readonly reserves: string;
}

/** What a line says with one parameter. */
export interface Reading {
  readonly parameter: Parameter;
  readonly summary: string;
  /** What decides, as it stands in the line. */
  readonly holds: readonly string[];
  readonly pieces: readonly RamPiece[];
}

/** What one kernel makes of the line. */
export interface KernelReading {
  readonly parameter: Parameter;
  readonly reserves: string;
  /** Why nothing is reserved; undefined where something is. */
  readonly whyNot: string | undefined;
  /** Undefined where nothing is asked for, or where no map tells. */
  readonly landing: Landing | undefined;
}

/** The row of one kernel. */
export interface KernelRow {
  readonly kernel: KernelName;
  readonly readings: readonly KernelReading[];
}

/** Addresses as a bar shows them: what lies closer together than can be seen is one range. */
export interface BarView {
  readonly window: Range;
  /** Bytes of System RAM in it. */
  readonly bytes: bigint;
  readonly ram: readonly Range[];
  /** What is claimed now by something other than the kernel and the regions that are asked for. */
  readonly taken: readonly Range[];
  readonly kernel: readonly Range[];
}

/** A region that the map has now. */
export interface Standing extends Range {
  readonly parameter: Parameter;
}

/** What is known of the machine before anything is asked. */
export interface MachineFacts {
  readonly ram: KnownRam;
  readonly banks: readonly BarView[];
  readonly standing: readonly Standing[];
  /** Whether a kernel's log tells of this boot's memory. */
  readonly hasLog: boolean;
}

/** RAM that a line is judged by, and whose word it is. */
export interface KnownRam {
  readonly bytes: bigint;
  readonly from: string;
}

/** All that the page shows of a line. */
export interface Answer {
  readonly question: Question;
  readonly ram: KnownRam;
  /** Bytes of the line, and how many a kernel keeps. */
  readonly bytes: number;
  readonly max: number;
  /** What is cut off, in words; undefined where nothing is. */
  readonly lost: string | undefined;
  readonly readings: readonly Reading[];
  readonly findings: readonly Told[];
  readonly marks: readonly Mark[];
  /** The line with all fixes made; the same where nothing can be mended. */
  readonly mended: string;
  readonly kernels: readonly KernelRow[];
  /** The surroundings of the regions of the chosen kernel. */
  readonly zoom: BarView | undefined;
  /** Why places cannot be told; undefined where they can. */
  readonly unknown: string | undefined;
}

/** A stretch of the line that looks the same throughout. */
export interface Stretch {
  readonly text: string;
  readonly looks: readonly Look[];
}

/** Cuts a line where its marks begin and end. Takes time in proportion to the line, and to sort the marks. */
export function stretchesOf(line: string, marks: readonly Mark[]): Stretch[] {
  const turns = marks
    .flatMap(({ start, end, look }) => [
      { at: start, look, step: 1 },
      { at: Math.min(end, line.length), look, step: -1 },
    ])
    .sort((a, b) => a.at - b.at);
  const open = new Map<Look, number>();
  const stretches: Stretch[] = [];
  let from = 0;
  const cut = (to: number): void => {
    if (to <= from) return;
    const looks = [...open].filter(([, times]) => times > 0).map(([look]) => look);
    stretches.push({ text: line.slice(from, to), looks });
    from = to;
  };
  for (const { at, look, step } of turns) {
    cut(at);
    open.set(look, (open.get(look) ?? 0) + step);
  }
  cut(line.length);
  return stretches;
}

/** Marks of a line on the line that it has become: those before and behind what was changed stay where they belong. */
export function carriedMarks(marks: readonly Mark[], before: string, after: string): readonly Mark[] {
  if (before === after) return marks;
  const shorter = Math.min(before.length, after.length);
  let front = 0;
  while (front < shorter && before[front] === after[front]) front++;
  let back = 0;
  while (back < shorter - front && before.at(-1 - back) === after.at(-1 - back)) back++;
  const shift = after.length - before.length;
  return marks.flatMap((mark) => {
    if (mark.end <= front) return [mark];
    if (mark.start < before.length - back) return [];
    return [{ ...mark, start: mark.start + shift, end: mark.end + shift }];
  });
}

/** The index of the character that each byte of a text belongs to, and the length behind the last one: kernels count bytes. */
export function characterOfByte(text: string): Uint32Array {
  const indexes: number[] = [];
  let at = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const bytes = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
    for (let byte = 0; byte < bytes; byte++) indexes.push(at);
    at += character.length;
  }
  indexes.push(at);
  return Uint32Array.from(indexes);
}

/** What a verdict reserves, in a few words. @param size writes bytes. */
export function reservesText(verdict: CrashkernelVerdict, size: (bytes: bigint) => string): string {
  const { ret, size: bytes, base, high, lowSize, cmaSize } = verdict;
  if (ret !== 0) return 'nothing';
  const parts = [
    base === 0n ? '' : `at 0x${base.toString(16)}`,
    high ? 'high' : '',
    high && lowSize > 0n ? `with ${size(lowSize)} low` : '',
    cmaSize > 0n ? `and ${size(cmaSize)} as CMA` : '',
  ];
  return [size(bytes), ...parts.filter((part) => part !== '')].join(' ');
}

const ASKS = /\b(?:crashkernel|kexeckernel)=/;

/** The line that the page opens with: the one on the desk, with a list that shows what RAM decides where it has none. */
export function firstLine(cmdline: string): string {
  if (ASKS.test(cmdline)) return cmdline;
  return `${cmdline.trim()} crashkernel=2G-16G:256M,16G-64G:512M,64G-:1G`.trim();
}

/** What was typed as one line, no longer than what is taken. */
export const oneLine = (typed: string): string => typed.replace(/[\r\n\0]+/g, ' ').slice(0, MOST_CHARACTERS);
