import {
  ARM64_CMDLINE_MAX,
  applyEdits,
  type CrashkernelExplanation,
  cutCmdline,
  type ExplainOptions,
  explainCrashkernel,
  explainForAnyRam,
  type Finding,
  formatSize,
  fromByteString,
  lostInWords,
  memoryLimit,
  type Occurrence,
  toByteString,
} from '@kexeckit/cmdline';
import {
  type BootLog,
  bootFacts,
  copyTree,
  countedRam,
  type Prediction,
  parseIomem,
  placeReservation,
  predictKexecReservation,
  predictReservation,
  type ReservationRequest,
  type ResourceTree,
  rangeSize,
  readBootLog,
  reserveCrashKernel,
  systemRam,
  withoutRegions,
} from '@kexeckit/ioport';
import { type Bars, barsOf, standingOf } from './bars.ts';
import { reachOf } from './landing.ts';
import {
  type Answer,
  characterOfByte,
  type KernelName,
  type KernelReading,
  type KnownRam,
  kernels,
  type Landing,
  type MachineFacts,
  type Mark,
  type Parameter,
  parameters,
  type Question,
  type Reading,
  reservesText,
  type Told,
} from './model.ts';

/** A machine of which anything can be asked. */
export interface ReservationMachine {
  readonly facts: MachineFacts;
  /** Never throws: a line can be anything. */
  ask(question: Question): Answer;
}

/** Reads a machine's map, and what its kernel said of memory when it booted. @throws IoportError */
export function openMachine(map: string, log?: string): ReservationMachine {
  const memory = parseIomem(map, { lenient: true });
  const read = log === undefined ? undefined : readBootLog(log);
  const told = read !== undefined && read.missing.length < bootFacts.length ? read : undefined;
  const tree = withoutRegions(memory);
  const bars = barsOf(tree);
  const ram = countedRam(memory, told);
  const whole = systemRam(memory).reduce((sum, range) => sum + rangeSize(range), 0n);
  const machine: Machine = { landings: new Map(), tree, log: told, ram, whole, bars };
  return {
    facts: { ram, banks: bars.banks, standing: standingOf(memory), hasLog: told !== undefined },
    ask: (question) => answer(machine, question),
  };
}

interface Machine {
  /** Where what was asked for last lands: many lines ask for the same. */
  readonly landings: Map<string, Prediction>;
  /** The map without regions. */
  readonly tree: ResourceTree;
  readonly log: BootLog | undefined;
  readonly ram: KnownRam;
  /** Bytes of System RAM in the map. */
  readonly whole: bigint;
  readonly bars: Bars;
}

/** A line for a machine: its bytes, its RAM, and where places are looked for, if they can be. */
interface Case {
  readonly line: string;
  readonly ram: KnownRam;
  readonly place: Machine | undefined;
  readonly unknown: string | undefined;
}

function answer(machine: Machine, question: Question): Answer {
  const line = toByteString(question.line);
  const there = caseOf(machine, line, question);
  const read = readingsFor(question.kernel, there);
  const characters = characterOfByte(question.line);
  const at = (byte: number): number => characters[Math.min(byte, characters.length - 1)] ?? 0;
  const findings = read.flatMap(({ explanation }) => explanation.findings);
  const cut = cutCmdline(line);
  const rows = kernels.map((kernel) => {
    const readings = kernel === question.kernel ? read : readingsFor(kernel, there);
    return { kernel, readings: readings.map(kernelReading) };
  });
  return {
    ...{ question, ram: there.ram, bytes: line.length, max: ARM64_CMDLINE_MAX, unknown: there.unknown, kernels: rows },
    lost: cut.lost === '' ? undefined : lostInWords(line),
    readings: read.map((reading) => readingOf(reading, line, question.kernel)),
    findings: findings.map((finding) => toldOf(finding, line, at)).sort((a, b) => a.start - b.start || a.end - b.end),
    marks: [
      ...read.flatMap(({ explanation }) => marksOf(explanation, at)),
      ...(cut.lost === '' ? [] : [{ start: at(ARM64_CMDLINE_MAX), end: question.line.length, look: 'lost' } as const]),
    ],
    mended: mendedOf(line, there.ram.bytes, question),
    zoom: machine.bars.around(read.flatMap(({ landing }) => landing?.regions.map(reachOf) ?? [])),
  };
}

/** What RAM a line is judged by: what was asked for, and of it what `mem=` leaves. Only on its own RAM a map tells places. */
function caseOf(machine: Machine, line: string, { ram: asked }: Question): Case {
  const ram = asked === undefined ? machine.ram : { bytes: asked, from: 'as it was chosen' };
  const limit = memoryLimit(line);
  if (limit !== undefined && (asked ?? machine.whole) > limit) {
    const unknown = `mem= leaves ${formatSize(limit)} of the RAM: it takes the map of a boot with it to tell a place`;
    return { line, ram: { bytes: limit, from: 'what mem= in the line leaves' }, place: undefined, unknown };
  }
  if (asked === undefined) return { line, ram, place: machine, unknown: undefined };
  return {
    line,
    ram,
    place: undefined,
    unknown: 'the map is of a machine with other RAM: it tells no place on this one',
  };
}

/** What a line says with one parameter to one kernel. */
interface Read {
  readonly parameter: Parameter;
  readonly explanation: CrashkernelExplanation;
  readonly landing: Prediction | undefined;
}

function readingsFor(kernel: KernelName, { line, ram, place }: Case): Read[] {
  const reads: Read[] = [];
  let crash: ReservationRequest | undefined;
  for (const parameter of parameters) {
    const explanation = explainCrashkernel(line, ram.bytes, { parameter, kernel });
    const request = requestOf(explanation);
    const landing = request && place && landingOf(parameter, request, crash, { ...place, kernel });
    if (parameter === 'crashkernel') crash = request;
    if (parameter === 'crashkernel' || isThere(explanation)) reads.push({ parameter, explanation, landing });
  }
  return reads;
}

/** Whether a line has a parameter, or something that was meant for it. */
const isThere = ({ occurrences, findings }: CrashkernelExplanation): boolean =>
  occurrences.length > 0 || findings.some(({ severity }) => severity !== 'note');

const requestOf = ({ verdict }: CrashkernelExplanation): ReservationRequest | undefined => {
  const { ret, size, base, lowSize, high } = verdict;
  return ret === 0 ? { size, base, lowSize, high } : undefined;
};

/** Landings that are kept, of all kernels. */
const MOST_LANDINGS = 64;

function landingOf(
  parameter: Parameter,
  request: ReservationRequest,
  crash: ReservationRequest | undefined,
  machine: Machine & { readonly kernel: KernelName },
): Prediction {
  const { kernel, landings } = machine;
  const wanted = [request, crash].map((one) => one && [one.size, one.base, one.lowSize, one.high].join(' '));
  const key = [parameter, kernel, ...wanted].join('|');
  const known = landings.get(key) ?? predicted(parameter, request, crash, machine);
  landings.delete(key);
  landings.set(key, known);
  for (const oldest of landings.keys()) {
    if (landings.size <= MOST_LANDINGS) break;
    landings.delete(oldest);
  }
  return known;
}

function predicted(
  parameter: Parameter,
  request: ReservationRequest,
  crash: ReservationRequest | undefined,
  { tree, log, kernel }: Machine & { readonly kernel: KernelName },
): Prediction {
  if (parameter === 'crashkernel') return predictReservation(tree, request, { kernel, log });
  const { lowLimit, bootRam } = log ?? {};
  if (crash === undefined) return predictKexecReservation(tree, request, { lowLimit, bootRam });
  // The crash region comes first.
  const behind = copyTree(tree);
  placeReservation(behind, reserveCrashKernel(behind, crash, { kernel, lowLimit, bootRam }));
  return predictKexecReservation(behind, request, { lowLimit, bootRam });
}

function readingOf({ parameter, explanation }: Read, line: string, kernel: KernelName): Reading {
  const { byRam } = explainForAnyRam(line, { parameter, kernel });
  return {
    parameter,
    summary: fromByteString(explanation.summary),
    holds: decisive(explanation).map(({ start, end }) => fromByteString(line.slice(start, end))),
    pieces: byRam.map(({ from, to, verdict }) => ({ from, to, reserves: reservesText(verdict, formatSize) })),
  };
}

/** The parts of a line that make the verdict: none where nothing is reserved. */
function decisive({ verdict, occurrences }: CrashkernelExplanation): { start: number; end: number }[] {
  if (verdict.ret !== 0) return [];
  return occurrences.filter(({ used }) => used).flatMap(decisiveIn);
}

function decisiveIn({ form, start, end, clauses, baseAt, baseEnd }: Occurrence): { start: number; end: number }[] {
  if (form !== 'ranges') return [{ start, end }];
  const clause = clauses.find(({ matched }) => matched);
  if (clause === undefined) return [];
  // A base stands behind the last clause.
  const base = baseAt >= clause.end ? [{ start: baseAt, end: baseEnd }] : [];
  return [{ start: clause.start, end: clause.end }, ...base];
}

function marksOf(explanation: CrashkernelExplanation, at: (byte: number) => number): Mark[] {
  const mark = (look: Mark['look'], { start, end }: { start: number; end: number }): Mark => ({
    ...{ look, start: at(start), end: at(end) },
  });
  return [
    ...decisive(explanation).map((part) => mark('holds', part)),
    ...explanation.occurrences.filter(({ used }) => !used).map((part) => mark('ignored', part)),
    ...explanation.findings.map((finding) => mark(finding.severity, finding)),
  ];
}

function toldOf(finding: Finding, line: string, at: (byte: number) => number): Told {
  const { severity, start, end, fix } = finding;
  return {
    ...{ severity, start: at(start), end: at(end) },
    message: fromByteString(finding.message),
    linux: fromByteString(finding.linux),
    fix: fix.length === 0 ? undefined : { words: fixWords(finding, line), line: fromByteString(applyEdits(line, fix)) },
  };
}

/** Longer texts are seen in the line that is mended. */
const SHORT = 24;

function fixWords({ fix }: Finding, line: string): string {
  const [edit, ...others] = fix;
  if (edit === undefined || others.length > 0 || edit.text.length > SHORT || edit.end - edit.start > SHORT)
    return `mend “${fromByteString(line.slice(fix[0]?.start, fix.at(-1)?.end)).slice(0, SHORT)}…”`;
  const there = fromByteString(line.slice(edit.start, edit.end));
  const wanted = fromByteString(edit.text);
  if (there === '') return `put “${wanted}” in`;
  return wanted === '' ? `take out “${there}”` : `write “${wanted}” in the place of “${there}”`;
}

/** The line with everything mended that can be, as `kexeckit explain` does it: one parameter after the other. */
function mendedOf(line: string, ram: bigint, { kernel }: Question): string {
  const mend = (text: string, parameter: Parameter): string => {
    const options: ExplainOptions = { parameter, kernel };
    return explainCrashkernel(text, ram, options).fixed;
  };
  return fromByteString(parameters.reduce(mend, line));
}

function kernelReading({ parameter, explanation, landing }: Read): KernelReading {
  const { verdict } = explanation;
  const summary = fromByteString(explanation.summary);
  const refused = landing !== undefined && landing.regions.length === 0 ? landing.refusal : null;
  // What the parser accepts can be refused when it is to be reserved.
  const [, nothing] = /^reserves nothing(?:: )?(.*)$/s.exec(summary) ?? [];
  return {
    parameter,
    reserves: refused || nothing !== undefined ? 'nothing' : reservesText(verdict, formatSize),
    whyNot: nothing ?? (refused ? refused.message : undefined),
    landing: landing && landed(landing),
  };
}

function landed({ regions, refusal, reason, exact }: Prediction): Landing {
  const why = refusal === null ? undefined : { message: refusal.message, hint: refusal.hint };
  return { regions, refusal: why, reason, exact };
}
