import {
  type CrashkernelExplanation,
  type CrashkernelVerdict,
  findParameters,
  formatSize,
  KERNELS,
  type Occurrence,
} from '@kexeckit/cmdline';
import type { Load } from '../checks/check.ts';
import { humanSize, isArm64 } from '../facts.ts';
import type { Host } from '../host-values.ts';
import { adviceSize, RECOMMENDED_FROM } from './estimate.ts';
import { insteadOf, isRegion, judge, largest, mostToAdvise } from './judge.ts';
import { guessWords, kernelOf, kernelWords, lineMax, ramOf } from './kernel.ts';
import { explainFor, landingWords, predictorOf, requestOf } from './landing.ts';

/** Why nothing is reserved, and what to do about it. */
export interface Advice {
  readonly why: string;
  readonly todo: string;
}

const DMESG = 'look for crashkernel in dmesg';
const MIB = 1n << 20n;

/** Why a line with `crashkernel=` has reserved nothing here: the parser's word, the kernel's own, or that of the placement. */
export function adviceOn(host: Host, explanation: CrashkernelExplanation, load?: Load): Advice {
  const { verdict, summary } = explanation;
  if (!isRegion(verdict))
    return {
      why: `${faultOf(host, explanation)}${fullWords(host)}${guessWords(host)}`,
      todo: mendingOf(host, explanation, load),
    };
  const stands = `as it stands it ${summary}${saidWords(host)}`;
  const said = saidOf(host);
  // Where the map shows it too, it also shows what fits.
  if (said === 'refused' && judge(host, host.cmdline ?? '').outcome !== 'no room')
    return {
      why: `${stands}: the kernel found no room for that${guessWords(host)}`,
      todo: lessOf(host, verdict.size, load),
    };
  if (said === 'reserved')
    return {
      why: `${stands}; so the region was given back`,
      todo: 'a region that was given back is there again after a reboot',
    };
  return unsaid(host, explanation, load, stands);
}

/** Where the kernel's log has no word of it. */
function unsaid(host: Host, explanation: CrashkernelExplanation, load: Load | undefined, stands: string): Advice {
  const { verdict } = explanation;
  const landing = predictorOf(host)?.(requestOf(verdict));
  const unknownSuffix = suffixWords(host, verdict.high);
  if (landing === undefined)
    return {
      why: `${stands}, but the kernel found no room for that, or the region was given back${unknownSuffix}`,
      todo: DMESG,
    };
  const { refusal, regions } = landing;
  if (refusal === null || regions.length > 0)
    return {
      why: `${stands}, and by the memory map ${landingWords(landing)}${guessWords(host)}; so the region was given back, or the memory was taken when this kernel booted${unknownSuffix}`,
      todo: `${DMESG}; a region that was given back is there again after a reboot${plainWords(host, verdict)}`,
    };
  return {
    why: `${stands}, but the kernel found no room for that: ${refusal.message}${guessWords(host)}`,
    todo: placeFor(host, explanation, load),
  };
}

/** What the kernel said of it at boot, where its log has that. */
function saidWords(host: Host): string {
  const said = kernelWords(host).map(({ text }) => JSON.stringify(text));
  return said.length === 0 ? '' : `; the kernel said ${said.join(', ')}`;
}

/** Whether the kernel said that it has reserved a region, or that it has not. */
function saidOf(host: Host): 'reserved' | 'refused' | undefined {
  const texts = kernelWords(host).map(({ text }) => text);
  if (texts.some((text) => /crashkernel reserved: 0x/.test(text))) return 'reserved';
  const isRefusal =
    /cannot (?:allocate|reserve) crashkernel|crashkernel reservation failed|crashkernel region (?:is|overlaps)/;
  return texts.some((text) => isRefusal.test(text)) ? 'refused' : undefined;
}

/** Where rules are a guess, so is it that the kernel knows `,high`. */
const suffixWords = (host: Host, high: boolean): string =>
  high && !kernelOf(host).measured ? ', or this kernel does not know ,high' : '';

/** What any kernel knows, in place of what this one may not know. */
function plainWords(host: Host, { high, size }: CrashkernelVerdict): string {
  const line = `crashkernel=${formatSize(size)}`;
  const most = mostToAdvise(host) ?? size;
  const fits = high && !kernelOf(host).measured && size <= most && judge(host, line).outcome === 'fits';
  return fits ? `; or write ${line}, which all kernels know` : '';
}

/** What is wrong with the line: that nothing is reserved follows from the worst of it. */
function faultOf(host: Host, { summary, findings, verdict }: CrashkernelExplanation): string {
  if (verdict.ret === 0) {
    const tiny = findings.find(({ code }) => code === 'tiny');
    return `as it stands it ${summary}: ${tiny?.message ?? 'that is no room for a kernel'}`;
  }
  const [worst] = [...findings.filter(({ severity }) => severity === 'error'), ...findings];
  const ram = worst?.code === 'no-match' ? `; ${ramWords(host)}` : '';
  return worst === undefined ? summary : `${summary}; ${worst.linux}${ram}`;
}

/** Which RAM decides about ranges, and how well that is known. */
function ramWords(host: Host): string {
  const { bytes, exact, from } = ramOf(host);
  const size = humanSize(bytes);
  return exact ? `it counts ${size} of RAM (${from})` : `its own count is not known here: ${size} is ${from}`;
}

/** Whether the line is as long as the kernel keeps it: what it says last may be half of what was meant. */
function isFull(host: Host): boolean {
  const max = lineMax(host);
  return max !== undefined && (host.cmdline ?? '').length >= max;
}

const fullWords = (host: Host): string =>
  isFull(host) ? '; the line is as long as a kernel keeps it, so its end may have been cut' : '';

/** The line mended, where it can be known what was meant, and what of it there is no room for; else a size for this machine. */
function mendingOf(host: Host, explanation: CrashkernelExplanation, load?: Load): string {
  if (isFull(host)) return `${sizeWords(host, load)}, in front of the others: the end of the line is lost`;
  const { fixed, findings, verdict, occurrences } = explanation;
  // What is written for `auto` is by the rules of arm64.
  const isForeign = isArm64(host) === false && occurrences.some(({ text }) => text.endsWith('=auto'));
  if (!isForeign && fixed !== host.cmdline && isRegion(explainFor(host, fixed).verdict))
    return mended(host, valuesIn(fixed), load);
  const switchedOn = withoutZeros(host, explanation);
  if (switchedOn !== undefined) return switchedOn;
  const size = sizeWords(host, load);
  if (findings.some(({ code }) => code === 'too-large'))
    return `write less than the machine has, ${formatSize(verdict.size)} is not: ${size}`;
  const isSmall = findings.some(({ code }) => code === 'no-match');
  return isSmall ? `${size}, or add a range that holds ${formatSize(roundedRam(host))}` : size;
}

/** What was meant, as one writes it; and what doctor would ask for then. */
function mended(host: Host, line: string, load: Load | undefined): string {
  const { outcome, landing, verdict } = judge(host, line);
  const most = mostToAdvise(host);
  if (most !== undefined && verdict.size > most) return sizeWords(host, load);
  if (outcome === 'no room') return `mended it finds no room: ${insteadOf(host, requestOf(verdict)) ?? 'ask for less'}`;
  const may = outcome === 'may fit' ? `; it may find no room, though: ${landing?.reason}` : '';
  return `write ${line}${may}${ratherWords(host, verdict.size, load)}`;
}

/** That a crash kernel wants more than was asked for, where that is to be had. */
function ratherWords(host: Host, size: bigint, load: Load | undefined): string {
  const wanted = adviceSize(host, load);
  if (wanted === undefined || wanted <= size) return '';
  const line = `crashkernel=${formatSize(wanted)}`;
  return judge(host, line).outcome === 'fits' ? `; or rather ${line}, which is what this machine wants` : '';
}

/** A `crashkernel=0` switches off what stands in front of it. */
function withoutZeros(host: Host, { occurrences }: CrashkernelExplanation): string | undefined {
  const isZero = ({ form, suffix, size }: Occurrence): boolean => form === 'simple' && suffix === null && size === 0n;
  const others = occurrences.filter((one) => !isZero(one)).map(({ text }) => text);
  const line = others.join(' ');
  if (others.length === occurrences.length || judge(host, line).outcome !== 'fits') return undefined;
  return `it is switched off: if a region is wanted, leave only ${line}`;
}

/** Ranges are compared with RAM in steps of 128 MiB. */
const roundedRam = (host: Host): bigint => ((ramOf(host).bytes + 128n * MIB - 1n) / (128n * MIB)) * (128n * MIB);

/** What to reserve on this machine, to be written; if there is no room for that, what there is room for. */
function sizeWords(host: Host, load?: Load): string {
  const size = adviceSize(host, load);
  if (size === undefined) return noSize(host);
  const line = `crashkernel=${formatSize(size)}`;
  const { outcome, landing, verdict } = judge(host, line);
  if (outcome === 'no region') return noSize(host);
  if (outcome === 'no room')
    return `there is no room for the ${formatSize(size)} that this machine wants: ${insteadOf(host, requestOf(verdict)) ?? 'ask for less'}`;
  return `write ${line}${outcome === 'may fit' ? `; it may find no room, though: ${landing?.reason}` : ''}`;
}

/** The same with where the next boot would put it. */
export function sizeAndPlace(host: Host, load?: Load): string {
  const size = adviceSize(host, load);
  const line = `crashkernel=${formatSize(size ?? 0n)}`;
  const { outcome, landing } = judge(host, line);
  const words = sizeWords(host, load);
  if (size === undefined || outcome !== 'fits' || landing === undefined) return words;
  return `${words} (it ${explainFor(host, line).summary}; ${landingWords(landing)})`;
}

/** None is known, or none is sensible. */
const noSize = (host: Host): string =>
  isArm64(host) !== false && ramOf(host).bytes < RECOMMENDED_FROM
    ? `leave it out: no size is advised for ${humanSize(ramOf(host).bytes)} of RAM, for which kdumpctl recommends nothing`
    : 'write a size that leaves the machine most of its RAM';

const valuesIn = (line: string): string =>
  findParameters(line, 'crashkernel')
    .map(({ start, end }) => line.slice(start, end))
    .join(' ');

/** What to ask for where the kernel itself said that there is no room: what stood in its way is not known now. */
function lessOf(host: Host, size: bigint, load: Load | undefined): string {
  const wanted = adviceSize(host, load);
  return wanted !== undefined && wanted < size
    ? `ask for less: ${sizeWords(host, load)}`
    : `ask for less; memblock=debug on the command line shows what stood in its way`;
}

/** What to ask for where a line that Linux understands finds no place: only what was tried, and fits. */
function placeFor(host: Host, { verdict, occurrences }: CrashkernelExplanation, load?: Load): string {
  const most = mostToAdvise(host);
  if (most !== undefined && verdict.size > most) return sizeWords(host, load);
  const plain = `crashkernel=${formatSize(verdict.size)}`;
  if (verdict.base !== 0n) {
    const fits = judge(host, plain).outcome === 'fits';
    if (!fits) return `leave out the offset: ${insteadOf(host, { ...requestOf(verdict), base: 0n }) ?? 'ask for less'}`;
    return `leave out the offset, so that Linux finds a place: ${plain}${ratherWords(host, verdict.size, load)}`;
  }
  const hint = insteadOf(host, requestOf(verdict)) ?? 'ask for less';
  const both = besideLow(host, verdict.size, ignoredLow(occurrences));
  return both === undefined ? hint : `${hint}; or write ${both}, which asks for both`;
}

/** A `,low` that a plain value has switched off. */
const ignoredLow = (occurrences: readonly Occurrence[]): Occurrence | undefined =>
  occurrences.findLast(({ suffix, used, size }) => suffix === ',low' && !used && size > 0n);

/** The two parameters that were meant, with as much low memory as there is. */
function besideLow(host: Host, size: bigint, low: Occurrence | undefined): string | undefined {
  const predict = predictorOf(host);
  if (predict === undefined || low === undefined || KERNELS[kernelOf(host).profile].mode === 'legacy') return undefined;
  const most = largest(low.size, (lowSize) => predict({ size, base: 0n, high: true, lowSize }).refusal === null);
  const line = `crashkernel=${formatSize(size)},high crashkernel=${formatSize(most)},low`;
  return most > 0n && judge(host, line).outcome === 'fits' ? line : undefined;
}
