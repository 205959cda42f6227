import {
  type BootLines,
  type EvidencedPhase,
  type EvidencedTime,
  isTrouble,
  type LastReport,
  type LogReport,
  type Passage,
  type Stop,
} from '@kexeckit/evidence';
import { phases, timedPhases } from '@kexeckit/reboot';
import pc from 'picocolors';
import type { View } from '../commands/command.ts';
import type { FromHost, FromLog } from '../commands/timeline/run.ts';
import { EXIT } from '../exit-code.ts';
import { type Column, layOutColumns } from './columns.ts';
import {
  boundMarks,
  cameWords,
  clockWords,
  keptWords,
  limitWords,
  markWords,
  stopWords,
  unknownWords,
} from './evidence-words.ts';
import { count, cut, hex, size } from './format.ts';
import { stopLines } from './stops.ts';

/** Times of real reboots for people: a table, where each figure comes from, and where each boot stopped. */
export const evidenceView: View<FromLog | FromHost> = {
  text: (result) => (result.kind === 'log' ? logText(result.report) : hostText(result)),
  json: (result) => result,
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

function logText({ lines, last, boots, passages, stops, loads, cutAt }: LogReport): string {
  const head = `${pc.bold('kexeckit')}  ${count(lines)} lines, ${boots.length === 1 ? '1 boot' : `${boots.length} boots`}`;
  const end = last === undefined ? [] : [pc.dim(`          the last is line ${last.number}: ${cut(last.text, 80)}`)];
  return `${[
    '',
    head,
    ...end,
    ...(cutAt === undefined
      ? []
      : [`          read up to line ${cutAt}: no log of reboots has so many lines that mean something`]),
    '',
    ...loads.map(loadText),
    ...passageText(passages),
    ...stops.flatMap((stop) => [...stopLines(stop, placeOf(boots[stop.boot - 1])), '']),
  ].join('\n')}\n`;
}

const placeOf = (lines: BootLines | undefined): string =>
  lines === undefined ? '' : `boot ${lines.number}, lines ${lines.first} to ${lines.last}`;

/** The kernels that a host has something of: the one before, if its log is there, and its own. */
const KERNELS = ['the kernel before', 'this kernel'];

function loadText({ line, entry, segments }: LogReport['loads'][number]): string {
  const bytes = segments.reduce((sum, { memsz }) => sum + Number(memsz), 0);
  const many = segments.length === 1 ? '1 segment' : `${segments.length} segments`;
  const holder = segments.findIndex(({ mem, memsz }) => entry >= mem && entry < mem + memsz);
  return [
    `  line ${line}: kexec-tools loaded ${many}, ${size(bytes)}, to be entered at ${hex(entry)}`,
    pc.dim(`    ${entryText(holder)}`),
    pc.dim('    loading starts nothing: no time of a reboot is in this'),
    '',
  ].join('\n');
}

/** What is entered: kexec-tools puts the kernel first, and its purgatory last. */
function entryText(holder: number): string {
  if (holder < 0) return 'that is in no segment which the log shows';
  if (holder === 0) return 'that is the kernel itself';
  return `that is in segment ${holder}, a purgatory: it compares SHA-256 with the caches off, unless it was told --no-checks`;
}

function hostText({ report, unread }: FromHost): string {
  const missing = Object.values(unread).map(({ path, reason }) => pc.dim(`  not read: ${path}: ${reason}`));
  return `${[
    '',
    `${pc.bold('kexeckit')}  the reboot that led to this boot${strategyText(report)}`,
    pc.dim(`          mark: ${markWords[report.mark]}`),
    pc.dim(`          log of the kernel before: ${keptWords[report.previousLog]}`),
    ...missing,
    '',
    ...passageText([report.passage]),
    ...report.stops.flatMap((stop, at) => [...stopLines(stop, KERNELS.at(at - report.stops.length) ?? ''), '']),
  ].join('\n')}\n`;
}

const strategyText = ({ strategy }: LastReport): string => (strategy === undefined ? '' : `, strategy ${strategy}`);

const columns: readonly Column[] = [
  { heading: 'boots', align: 'left' },
  { heading: 'by', align: 'left' },
  ...timedPhases.map((phase): Column => ({ heading: phases[phase].name, align: 'right' })),
  { heading: 'total', align: 'right' },
];

function passageText(passages: readonly Passage[]): string[] {
  if (passages.length === 0) return [];
  const rows = passages.map((passage) => [
    bootsOf(passage),
    cameWords[passage.came],
    ...passage.phases.map(cell),
    `${cell(passage.total)}${passage.total.basis === 'measured' ? ' s' : ''}`,
  ]);
  return [layOutColumns(columns, rows), ...passages.flatMap((passage) => [...basisLines(passage), ''])];
}

const bootsOf = ({ from, to }: Passage): string => `${from ?? ''} → ${to ?? '?'}`.trimStart();

const cell = (time: EvidencedTime): string =>
  time.basis === 'unknown' ? '–' : `${boundMarks[time.bound]}${time.seconds.toFixed(digitsOf(time.seconds))}`;

/** Microseconds where milliseconds would show nothing. */
const digitsOf = (seconds: number): number => (seconds < 0.001 && seconds > 0 ? 6 : 3);

/** Where each figure comes from; phases that are unknown for the same reason share a line. */
function basisLines(passage: Passage): string[] {
  const bases: { names: string; text: string[] }[] = [];
  for (const time of passage.phases) {
    const text = basisOf(time);
    const before = bases.at(-1);
    if (before?.text.join() === text.join()) before.names += `, ${time.phase}`;
    else bases.push({ names: time.phase, text });
  }
  const width = Math.max(...bases.map(({ names }) => names.length));
  const rows = bases.flatMap(({ names, text }) =>
    text.map((line, at) => `    ${(at === 0 ? names : '').padEnd(width)}  ${line}`),
  );
  return [pc.bold(`  ${bootsOf(passage)}`), ...rows];
}

/** One line, and one more for what the figure takes in or leaves out. */
function basisOf(time: EvidencedPhase): string[] {
  if (time.basis === 'unknown') return [pc.dim(`not known: ${unknownWords[time.why]}`)];
  const [from, to] = time.lines;
  const plusMinus = time.plusMinus >= 0.001 ? ` ± ${time.plusMinus} s` : '';
  const text = `${cell(time)} s${plusMinus} by ${clockWords[time.clock]}, from ${signOf(time.from, from)} to ${signOf(time.to, to)}`;
  const limits = limitWords(time.limits, time.phase);
  return limits === '' ? [text] : [text, pc.dim(limits)];
}

const signOf = (text: string, line: number | undefined): string =>
  line === undefined ? text : `line ${line}, “${cut(text, 60)}”`;
