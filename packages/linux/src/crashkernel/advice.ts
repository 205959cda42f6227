import { type CrashkernelExplanation, findParameters, formatSize, KERNELS, type Occurrence } from '@kexeckit/cmdline';
import { humanSize } from '../facts.ts';
import type { Host } from '../host-values.ts';
import { crashEstimate } from './estimate.ts';
import { guessWords, kernelOf, kernelWords, ramOf } from './kernel.ts';
import { explainFor, hintFor, landingOf, landingOfLine, landingWords, requestOf } from './landing.ts';

/** Why nothing is reserved, and what to do about it. */
export interface Advice {
  readonly why: string;
  readonly todo: string;
}

const DMESG = 'look for crashkernel in dmesg';
const MIB = 1n << 20n;

/** Why a line with `crashkernel=` has reserved nothing here: the parser's word, or that of the placement. */
export function adviceOn(host: Host, explanation: CrashkernelExplanation): Advice {
  const { verdict, summary } = explanation;
  if (verdict.ret !== 0)
    return { why: `${faultOf(host, explanation)}${guessWords(host)}`, todo: mendingOf(host, explanation) };
  const landing = landingOf(host, requestOf(verdict));
  const stands = `as it stands it ${summary}${saidWords(host)}`;
  if (landing === undefined)
    return { why: `${stands}, but the kernel found no room for that, or the region was given back`, todo: DMESG };
  const { refusal, regions } = landing;
  if (refusal === null || regions.length > 0)
    return {
      why: `${stands}, and by the memory map ${landingWords(landing)}${guessWords(host)}; so the region was given back, or the memory was taken when this kernel booted`,
      todo: `${DMESG}; a region that was given back is there again after a reboot`,
    };
  return {
    why: `${stands}, but the kernel found no room for that: ${refusal.message}${guessWords(host)}`,
    todo: placeFor(host, explanation),
  };
}

/** What the kernel said of it at boot, where its log has that. */
function saidWords(host: Host): string {
  const said = kernelWords(host).map(({ text }) => JSON.stringify(text));
  return said.length === 0 ? '' : `; the kernel said ${said.join(', ')}`;
}

/** What is wrong with the line: that nothing is reserved follows from the worst of it. */
function faultOf(host: Host, { summary, findings }: CrashkernelExplanation): string {
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

/** The line mended, where it can be known what was meant, and what of it there is no room for; else a size for this machine. */
function mendingOf(host: Host, { fixed, findings, verdict }: CrashkernelExplanation): string {
  if (fixed !== host.cmdline && explainFor(host, fixed).verdict.ret === 0) return writing(host, valuesIn(fixed));
  const size = sizeFor(host);
  const isTooLarge = findings.some(({ code }) => code === 'too-large');
  if (isTooLarge) return `write less than the machine has, ${formatSize(verdict.size)} is not: ${writing(host, size)}`;
  const isSmall = findings.some(({ code }) => code === 'no-match');
  return isSmall
    ? `${writing(host, size)}, or add a range that holds ${formatSize(roundedRam(host))}`
    : writing(host, size);
}

/** Ranges are compared with RAM in steps of 128 MiB. */
const roundedRam = (host: Host): bigint => ((ramOf(host).bytes + 128n * MIB - 1n) / (128n * MIB)) * (128n * MIB);

/** What to reserve on this machine, as one writes it. */
export function sizeFor(host: Host): string {
  return `crashkernel=${formatSize(crashEstimate(host)?.recommended ?? 256n * MIB)}`;
}

const valuesIn = (line: string): string =>
  findParameters(line, 'crashkernel')
    .map(({ start, end }) => line.slice(start, end))
    .join(' ');

/** To write something, and what comes of it if there is no room for that. */
function writing(host: Host, text: string): string {
  const landing = landingOfLine(host, text);
  if (landing === undefined || landing.refusal === null) return `write ${text}`;
  if (landing.regions.length > 0) return `write ${text}; it may find no room, though: ${landing.reason}`;
  return `write ${text}; there is no room for that: ${hintFor(host, requestOf(explainFor(host, text).verdict))}`;
}

/** What to ask for where a line that Linux understands finds no place: only what was tried, and fits. */
function placeFor(host: Host, { verdict, occurrences }: CrashkernelExplanation): string {
  const hint = hintFor(host, requestOf(verdict)) ?? 'ask for less';
  const plain = `crashkernel=${formatSize(verdict.size)}`;
  if (verdict.base !== 0n) {
    const fits = landingOfLine(host, plain)?.refusal === null;
    return fits ? `leave out the offset, so that Linux finds a place: ${plain}` : hint;
  }
  const beside = besideLow(host, verdict.size, ignoredLow(occurrences));
  return beside === undefined ? hint : `${hint}; or write ${beside}, which asks for both`;
}

/** A `,low` that a plain value has switched off. */
const ignoredLow = (occurrences: readonly Occurrence[]): Occurrence | undefined =>
  occurrences.findLast(({ suffix, used, size }) => suffix === ',low' && !used && size > 0n);

/** The two parameters that were meant, with as much low memory as there is: the wish first, then by halves. */
function besideLow(host: Host, size: bigint, low: Occurrence | undefined): string | undefined {
  if (low === undefined || KERNELS[kernelOf(host).profile].mode === 'legacy') return undefined;
  const written = (lowSize: bigint): string =>
    `crashkernel=${formatSize(size)},high crashkernel=${formatSize(lowSize)},low`;
  const fits = (lowSize: bigint): boolean => landingOf(host, { size, base: 0n, high: true, lowSize })?.refusal === null;
  if (fits(low.size)) return written(low.size);
  const most = largest(low.size / MIB, (mebibytes) => fits(mebibytes * MIB)) * MIB;
  return most > 0n ? written(most) : undefined;
}

/** The largest number below a bound that something holds for, which holds for all smaller ones. */
function largest(bound: bigint, holds: (value: bigint) => boolean): bigint {
  let [from, to] = [0n, bound];
  while (to - from > 1n) {
    const middle = (from + to) / 2n;
    if (holds(middle)) from = middle;
    else to = middle;
  }
  return from;
}
