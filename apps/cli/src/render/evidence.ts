import {
  type BootLines,
  type EvidencedPhase,
  type EvidencedTime,
  isTrouble,
  type LastReport,
  type LogReport,
  type Passage,
  type Stop,
  stopWords,
  unknownWords,
} from '@kexeckit/evidence';
import { phases, timedPhases } from '@kexeckit/reboot';
import type { View } from '../commands/command.ts';
import type { FromHost, FromLog } from '../commands/timeline/run.ts';
import { EXIT } from '../exit-code.ts';
import type { EvidenceJson } from '../json/timeline.ts';
import { evidenceJson } from './evidence-json.ts';
import { boundMarks, cameWords, clockWords, keptWords, limitWords, markWords } from './evidence-words.ts';
import { count, cut, hex, size } from './format.ts';
import { BELOW, heading } from './heading.ts';
import type { Page } from './page.ts';
import { stopLines } from './stops.ts';
import { type Column, layOutTable, paragraph } from './table.ts';

/** Times of real reboots for people: a table, where each figure comes from, and where each boot stopped. */
export const evidenceView: View<FromLog | FromHost, EvidenceJson> = {
  text: (result, page) => (result.kind === 'log' ? logText(result.report, page) : hostText(result, page)),
  json: evidenceJson,
  problem: problemOf,
  exitCode: (result) => {
    if (saysNothing(result)) return EXIT.trouble;
    return lastTrouble(result) === undefined ? EXIT.done : EXIT.no;
  },
};

function saysNothing(result: FromLog | FromHost): boolean {
  const { report } = result;
  return report.stops.length === 0 && (result.kind === 'last' || result.report.loads.length === 0);
}

/** What went wrong with the boot that the evidence ends with. */
function lastTrouble({ report }: FromLog | FromHost): Stop | undefined {
  const last = report.stops.at(-1);
  return last !== undefined && isTrouble(last) ? last : undefined;
}

function problemOf(result: FromLog | FromHost): string | undefined {
  if (saysNothing(result))
    return result.kind === 'log'
      ? 'the log has no line of a kernel that this command knows'
      : 'this host has no log that this process may read; try it as root';
  const trouble = lastTrouble(result);
  return trouble && stopWords[trouble.kind];
}

function logText({ lines, last, boots, passages, stops, loads, cutAt }: LogReport, page: Page): string {
  const { dim } = page.color;
  const head = heading(`${count(lines)} lines, ${boots.length === 1 ? '1 boot' : `${boots.length} boots`}`, page);
  const end =
    last === undefined
      ? []
      : [dim(paragraph(`the last is line ${last.number}: ${cut(last.text, 80, page)}`, page, BELOW))];
  return `${[
    '',
    head,
    ...end,
    ...(cutAt === undefined
      ? []
      : [paragraph(`read up to line ${cutAt}: no log of reboots has so many lines that mean something`, page, BELOW)]),
    '',
    ...loads.map((load) => loadText(load, page)),
    ...passageText(passages, page),
    ...stops.flatMap((stop) => [...stopLines(stop, placeOf(boots[stop.boot - 1]), page), '']),
  ].join('\n')}\n`;
}

const placeOf = (lines: BootLines | undefined): string =>
  lines === undefined ? '' : `boot ${lines.number}, lines ${lines.first} to ${lines.last}`;

/** The kernels that a host has something of: the one before, if its log is there, and its own. */
const KERNELS = ['the kernel before', 'this kernel'];

function loadText({ line, entry, segments }: LogReport['loads'][number], page: Page): string {
  const { dim } = page.color;
  const bytes = segments.reduce((sum, { memsz }) => sum + Number(memsz), 0);
  const many = segments.length === 1 ? '1 segment' : `${segments.length} segments`;
  const holder = segments.findIndex(({ mem, memsz }) => entry >= mem && entry < mem + memsz);
  return [
    paragraph(`line ${line}: kexec-tools loaded ${many}, ${size(bytes)}, to be entered at ${hex(entry)}`, page, '  '),
    dim(paragraph(entryText(holder), page, '    ')),
    dim(paragraph('loading starts nothing: no time of a reboot is in this', page, '    ')),
    '',
  ].join('\n');
}

/** What is entered: kexec-tools puts the kernel first, and its purgatory last. */
function entryText(holder: number): string {
  if (holder < 0) return 'that is in no segment which the log shows';
  if (holder === 0) return 'that is the kernel itself';
  return `that is in segment ${holder}, a purgatory: it compares SHA-256 with the caches off, unless it was told --no-checks`;
}

function hostText({ report, unread }: FromHost, page: Page): string {
  const { dim } = page.color;
  const missing = Object.values(unread).map(({ path, reason }) =>
    dim(paragraph(`not read: ${path}: ${reason}`, page, '  ')),
  );
  return `${[
    '',
    heading(`the reboot that led to this boot${strategyText(report)}`, page),
    dim(paragraph(`mark: ${markWords[report.mark]}`, page, BELOW)),
    dim(paragraph(`log of the kernel before: ${keptWords[report.previousLog]}`, page, BELOW)),
    ...missing,
    '',
    ...passageText([report.passage], page),
    ...report.stops.flatMap((stop, at) => [...stopLines(stop, KERNELS.at(at - report.stops.length) ?? '', page), '']),
  ].join('\n')}\n`;
}

const strategyText = ({ strategy }: LastReport): string => (strategy === undefined ? '' : `, strategy ${strategy}`);

const columns: readonly Column[] = [
  { heading: 'boots', align: 'left' },
  { heading: 'by', align: 'left' },
  ...timedPhases.map((phase): Column => ({ heading: phases[phase].name, align: 'right' })),
  { heading: 'total', align: 'right' },
];

/** Each way from one boot to the next: a table, and where each figure comes from. */
export function passageText(passages: readonly Passage[], page: Page): string[] {
  if (passages.length === 0) return [];
  const rows = passages.map((passage) => [
    bootsOf(passage, page),
    cameWords[passage.came],
    ...passage.phases.map((time) => cell(time, page)),
    `${cell(passage.total, page)}${passage.total.basis === 'measured' ? ' s' : ''}`,
  ]);
  return [layOutTable(columns, rows, page), ...passages.flatMap((passage) => [...basisLines(passage, page), ''])];
}

const bootsOf = ({ from, to }: Passage, { signs }: Page): string =>
  `${from ?? ''} ${signs.arrow} ${to ?? '?'}`.trimStart();

const cell = (time: EvidencedTime, page: Page): string =>
  time.basis === 'unknown'
    ? page.signs.dash
    : `${boundMarks(page)[time.bound]}${time.seconds.toFixed(digitsOf(time.seconds))}`;

/** Microseconds where milliseconds would show nothing. */
const digitsOf = (seconds: number): number => (seconds < 0.001 && seconds > 0 ? 6 : 3);

/** Where each figure comes from; phases that are unknown for the same reason share a line. */
function basisLines(passage: Passage, page: Page): string[] {
  const bases: { names: string; text: string[] }[] = [];
  for (const time of passage.phases) {
    const text = basisOf(time, page);
    const before = bases.at(-1);
    if (before?.text.join() === text.join()) before.names += `, ${time.phase}`;
    else bases.push({ names: time.phase, text });
  }
  const width = Math.max(...bases.map(({ names }) => names.length));
  const rows = bases.flatMap(({ names, text }) =>
    text.map((line, at) => paragraph(line, page, `    ${(at === 0 ? names : '').padEnd(width)}  `)),
  );
  return [page.color.bold(`  ${bootsOf(passage, page)}`), ...rows];
}

/** One line, and one more for what the figure takes in or leaves out. */
function basisOf(time: EvidencedPhase, page: Page): string[] {
  const { dim } = page.color;
  if (time.basis === 'unknown') return [dim(`not known: ${unknownWords[time.why]}`)];
  const [from, to] = time.lines;
  const plusMinus = time.plusMinus >= 0.001 ? ` +- ${time.plusMinus} s` : '';
  const text = `${cell(time, page)} s${plusMinus} by ${clockWords[time.clock]}, from ${signOf(time.from, from, page)} to ${signOf(time.to, to, page)}`;
  const limits = limitWords(time.limits, time.phase);
  return limits === '' ? [text] : [text, dim(limits)];
}

const signOf = (text: string, line: number | undefined, page: Page): string =>
  line === undefined ? text : `line ${line}, "${cut(text, 60, page)}"`;
