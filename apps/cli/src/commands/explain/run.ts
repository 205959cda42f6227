import {
  type AnyRamExplanation,
  ARM64_CMDLINE_MAX,
  type CrashkernelExplanation,
  type CrashkernelVerdict,
  type CutCmdline,
  cutCmdline,
  type ExplainOptions,
  explainCrashkernel,
  explainForAnyRam,
  formatSize,
  lostInWords,
  memoryLimit,
  type ProfileChoice,
} from '@kexeckit/cmdline';
import {
  type BootLog,
  bootFacts,
  copyTree,
  countedRam,
  findByName,
  foreignSign,
  type Prediction,
  placeReservation,
  predictKexecReservation,
  predictReservation,
  type Range,
  type ReservationRequest,
  type ResourceTree,
  rangeSize,
  readBootLog,
  reserveCrashKernel,
  systemRam,
  withoutRegions,
} from '@kexeckit/ioport';
import type { Context } from '../../context.ts';
import { UsageError } from '../../error.ts';
import { readInput } from '../../options/files.ts';
import { refuseTwoRams } from '../../options/map.ts';
import { longName } from '../../options/option.ts';
import { textOf } from '../../options/text.ts';
import type { Request } from '../command.ts';
import { type LineSource, readSource } from './source.ts';
import type { ExplainValues } from './values.ts';

/** RAM that a line is judged by. */
export interface KnownRam {
  readonly bytes: bigint;
  readonly from: string;
}

/** What a line says with one parameter. */
export interface ParameterReading {
  readonly parameter: 'crashkernel' | 'kexeckernel';
  /** Where RAM is known what Linux does there; else on which machines what. */
  readonly explanation: CrashkernelExplanation | AnyRamExplanation;
  /** Where it lands; undefined where nothing is reserved, or no map tells. */
  readonly landing: Prediction | undefined;
  /** What the map has of it. */
  readonly standing: readonly Range[];
}

/** A line, explained. */
export interface LineExplanation {
  readonly line: string;
  readonly from: string;
  readonly kernel: ProfileChoice;
  readonly ram: KnownRam | undefined;
  readonly max: number;
  /** What the kernel does not see, where the line is too long. */
  readonly cut: (CutCmdline & { readonly words: string }) | undefined;
  readonly readings: readonly ParameterReading[];
  /** The line with all fixes made; the same where nothing can be mended. */
  readonly mended: string;
  /** What cannot be told, and what would tell it. */
  readonly unknown: readonly string[];
  readonly mistakes: number;
}

const PARAMETERS = ['crashkernel', 'kexeckernel'] as const;

/** Bytes of a log that are read. */
const LOG_MAX = 2 ** 26;

/** Explains a line. @throws UsageError */
export async function explainLine(
  { args, options }: Request<ExplainValues>,
  { io }: Context,
): Promise<LineExplanation> {
  refuseTwoRams(options);
  const source = await readSource(args, options, io);
  const log = options.log === undefined ? undefined : await readLog(options.log, io);
  return explained(source, log, options);
}

async function readLog(path: string, io: Context['io']): Promise<BootLog> {
  const log = readBootLog(textOf(await readInput(path, longName('log'), io, LOG_MAX), `${longName('log')} ${path}`));
  if (log.missing.length === bootFacts.length)
    throw new UsageError('EINVAL', `--log ${path} says nothing of memory`, 'give all that dmesg printed after a boot');
  return log;
}

/** Explains a line that was read. */
export function explained(
  source: LineSource,
  log: BootLog | undefined,
  options: Pick<ExplainValues, 'max' | 'memory'>,
): LineExplanation {
  const { line, kernel, memory } = source;
  const max = options.max ?? ARM64_CMDLINE_MAX;
  const whole = ramOf(memory, log, options.memory);
  const limit = limitOn(line, memory, whole);
  const ram = limit === undefined ? whole : { bytes: limit, from: 'what mem= in the line leaves' };
  const foreign = memory && foreignSign(memory);
  const place =
    memory !== undefined && foreign === undefined && limit === undefined
      ? { tree: withoutRegions(memory), log }
      : undefined;
  const readings: ParameterReading[] = [];
  let mended = line;
  let crash: ReservationRequest | undefined;
  for (const parameter of PARAMETERS) {
    const how: ExplainOptions = { parameter, kernel: kernel.profile, max };
    const explain = (text: string) => (ram ? explainCrashkernel(text, ram.bytes, how) : explainForAnyRam(text, how));
    const explanation = explain(line);
    mended = explain(mended).fixed;
    if (parameter === 'kexeckernel' && !isThere(explanation)) continue;
    const request = 'verdict' in explanation ? requestOf(explanation.verdict) : undefined;
    const landing = request && place && landingOf(parameter, request, crash, { ...place, kernel: kernel.profile });
    if (parameter === 'crashkernel') crash = request;
    readings.push({ parameter, explanation, landing, standing: standingOf(memory, parameter) });
  }
  const lost = cutCmdline(line, { max });
  const cut = lost.lost === '' ? undefined : { ...lost, words: lostInWords(line, { max }) };
  const isAsked = readings.some(({ explanation: { occurrences } }) => occurrences.length > 0);
  const unknown = isAsked ? unknownOf(source, ram, foreign, limit) : [];
  const isCutTold = readings.some(({ explanation: { findings } }) =>
    findings.some(({ code, severity }) => code === 'beyond-limit' && severity !== 'note'),
  );
  const mistakes = readings.reduce((sum, reading) => sum + mistakesIn(reading), cut && !isCutTold ? 1 : 0);
  return { line, from: source.from, kernel, ram, max, cut, readings, mended, unknown, mistakes };
}

/** Whether a line has a parameter, or something that was meant for it. */
const isThere = ({ occurrences, findings }: ParameterReading['explanation']): boolean =>
  occurrences.length > 0 || findings.some(({ severity }) => severity !== 'note');

/** What `mem=` leaves, where the machine has more: undefined also for the map of a boot that had it already. */
function limitOn(line: string, memory: ResourceTree | undefined, ram: KnownRam | undefined): bigint | undefined {
  const limit = memoryLimit(line);
  const bytes =
    memory === undefined ? ram?.bytes : systemRam(memory).reduce((sum, range) => sum + rangeSize(range), 0n);
  return limit !== undefined && bytes !== undefined && bytes > limit ? limit : undefined;
}

function ramOf(memory: ResourceTree | undefined, log?: BootLog, given?: bigint): KnownRam | undefined {
  if (memory !== undefined) return countedRam(memory, log);
  if (given !== undefined) return { bytes: given, from: 'as it was given' };
  const bytes = log?.countedRam;
  return bytes === undefined ? undefined : { bytes, from: "the kernel's own count, in its log" };
}

/** What a verdict asks for; undefined for nothing. */
const requestOf = ({ ret, size, base, lowSize, high }: CrashkernelVerdict): ReservationRequest | undefined =>
  ret === 0 ? { size, base, lowSize, high } : undefined;

/** A machine to place regions on. */
interface Place {
  /** Its map without regions. */
  readonly tree: ResourceTree;
  readonly log: BootLog | undefined;
  readonly kernel: ProfileChoice['profile'];
}

function landingOf(
  parameter: ParameterReading['parameter'],
  request: ReservationRequest,
  crash: ReservationRequest | undefined,
  { tree, log, kernel }: Place,
): Prediction {
  if (parameter === 'crashkernel') return predictReservation(tree, request, { kernel, log });
  const { lowLimit, bootRam } = log ?? {};
  const behind = copyTree(tree);
  // The crash region comes first.
  if (crash !== undefined) placeReservation(behind, reserveCrashKernel(behind, crash, { kernel, lowLimit, bootRam }));
  return predictKexecReservation(behind, request, { lowLimit, bootRam });
}

const RESOURCES = { crashkernel: 'Crash kernel', kexeckernel: 'Kexec kernel' } as const;

const standingOf = (memory: ResourceTree | undefined, parameter: ParameterReading['parameter']): Range[] =>
  memory === undefined ? [] : findByName(memory, RESOURCES[parameter]).map(({ start, end }) => ({ start, end }));

/** What is wrong, and what finds no place though it is written as it should be. */
function mistakesIn({ explanation, landing }: ParameterReading): number {
  const wrong = explanation.findings.filter(({ severity }) => severity !== 'note').length;
  return wrong + (landing?.refusal && landing.regions.length === 0 ? 1 : 0);
}

function unknownOf(
  { memory, noMap }: LineSource,
  ram: KnownRam | undefined,
  foreign: string | undefined,
  limit?: bigint,
): string[] {
  if (foreign !== undefined)
    return [
      `where it would land: the map is of an x86 machine (it has "${foreign}"), and places are told by the rules of arm64`,
    ];
  if (memory !== undefined && limit !== undefined)
    return [
      `where it would land: mem= leaves ${formatSize(limit)} of the RAM in this map; give the map of a boot with it`,
    ];
  const why = noMap === undefined ? '' : ` (${noMap})`;
  if (memory === undefined && ram === undefined)
    return [
      `where it would land, and on a list which range holds: that takes the machine's memory map${why}; give it with --iomem, or its RAM with --memory`,
    ];
  return memory === undefined
    ? [`where it would land: that takes the machine's memory map${why}; give it with --iomem`]
    : [];
}
