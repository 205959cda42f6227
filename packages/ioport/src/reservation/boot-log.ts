import { loneCrashRegions } from '../ram.ts';
import { type Range, rangeSize } from '../range.ts';
import type { ResourceTree } from '../tree.ts';
import { lastBootOf } from './log-text.ts';
import { systemRamSize } from './memory.ts';

/** Memory that the kernel set aside for its contiguous allocator. */
export interface CmaArea {
  readonly start: bigint;
  readonly size: bigint;
}

/** What a log may lack. */
export type BootFact = 'lowLimit' | 'countedRam' | 'bootRam' | 'cma' | 'kernelMoves';

const known: Readonly<Record<BootFact, true>> = {
  lowLimit: true,
  countedRam: true,
  bootRam: true,
  cma: true,
  kernelMoves: true,
};

/** All that a log of a boot can tell: one that lacks as many tells nothing. */
export const bootFacts: readonly string[] = Object.keys(known);

/** What a kernel said about memory when it booted. */
export interface BootLog {
  /** First address above the low-memory limit; undefined where there is no memory above it, and where it is missing. */
  readonly lowLimit: bigint | undefined;
  /** Bytes of RAM as the kernel counted them. */
  readonly countedRam: bigint | undefined;
  /** Memory at boot in the kernel's pieces, each of one NUMA node; what is never mapped included. */
  readonly bootRam: readonly Range[] | undefined;
  /** Those that the log has. */
  readonly cma: readonly CmaArea[];
  /** Whether the kernel is put elsewhere at each boot: under KASLR, by UEFI's stub. */
  readonly kernelMoves: boolean | undefined;
  /** What the log does not tell for certain: its first lines are lost, it is cut, or is of several boots that nothing parts. */
  readonly missing: readonly BootFact[];
}

const ZONE =
  /(?:^|[\s\]>])(DMA|DMA32|Normal|Movable|Device)\s+(?:empty|\[mem 0x(?<start>[0-9a-f]+)-0x(?<end>[0-9a-f]+)\])$/;
const ZONES = /(?:^|[\s\]>])Zone ranges:$/;
const NODE = /(?:^|[\s\]>])node\s+\d+: \[mem 0x(?<start>[0-9a-f]+)-0x(?<end>[0-9a-f]+)\]$/;
const COUNTED = /(?:^|[\s\]>])Memory: \d+K\/(\d+)K available(?:.* (\d+)K cma-reserved)?/;
const CMA = /(?:^|[\s\]>])cma: Reserved (?<size>\d+) (?<unit>KiB|MiB) at 0x(?<start>[0-9a-f]+)/;
/** One that the device tree gives. */
const POOL = /\bcreated CMA memory pool at 0x(?<start>[0-9a-f]+), size (?<size>\d+) (?<unit>KiB|MiB)/;
const KASLR = /(?:^|[\s\]>])KASLR (enabled$|disabled\b)/;
const UEFI = /(?:^|[\s\]>])efi: (EFI v|UEFI not found)/;

/**
 * Reads what the lines of `dmesg` say about memory, as consoles, journals and files keep them. Of several boots the last
 * one counts. What kernels say twice the log must have twice: the pieces of memory and the areas add up to the count.
 */
export function readBootLog(log: string | readonly string[]): BootLog {
  const lines = lastBootOf(log);
  const counts = matches(lines, COUNTED);
  const zones = matches(lines, ZONE);
  if (isMixed(counts, zones)) return factsOf([], [], []);
  return factsOf(lines, counts, zones);
}

function factsOf(lines: readonly string[], [count]: RegExpExecArray[], zones: readonly RegExpExecArray[]): BootLog {
  const countedRam = kibibytes(count?.[1]);
  const bootRam = rangesOf(matches(lines, NODE));
  const isWhole = countedRam !== undefined && sum(bootRam.map(rangeSize)) === countedRam;
  const areas = areasOf(lines);
  const isListed = zones[0]?.[1] === 'DMA' || lines.some((line) => ZONES.test(line));
  const hasZones = isListed && named(zones, 'Normal') > 0 && reach(rangesOf(zones), bootRam);
  const kernelMoves = movesOf(lines);
  const missing = {
    lowLimit: !hasZones,
    countedRam: countedRam === undefined,
    bootRam: !isWhole,
    cma: sum(areas.map(({ size }) => size)) !== kibibytes(count?.[2]),
    kernelMoves: kernelMoves === undefined,
  };
  return {
    lowLimit: hasZones ? lowLimitOf(zones) : undefined,
    countedRam,
    bootRam: isWhole ? bootRam : undefined,
    cma: areas,
    kernelMoves,
    missing: FACTS.filter((fact) => missing[fact]),
  };
}

const FACTS: readonly BootFact[] = ['lowLimit', 'countedRam', 'bootRam', 'cma', 'kernelMoves'];

/** What one boot says once is there twice. */
function isMixed(counts: readonly RegExpExecArray[], zones: readonly RegExpExecArray[]): boolean {
  return counts.length > 1 || zones.some(([, name]) => named(zones, name) > 1);
}

function named(zones: readonly RegExpExecArray[], wanted: string | undefined): number {
  return zones.filter(([, name]) => name === wanted).length;
}

function areasOf(lines: readonly string[]): CmaArea[] {
  return [...matches(lines, CMA), ...matches(lines, POOL)].map(({ groups }) => ({
    start: hex(groups?.start),
    size: BigInt(groups?.size ?? 0) << (groups?.unit === 'MiB' ? 20n : 10n),
  }));
}

/** Without a word about both it is not known: kernels that move say so, and so do those that do not. */
function movesOf(lines: readonly string[]): boolean | undefined {
  const [kaslr, ...otherwise] = new Set(matches(lines, KASLR).map(([, word]) => word === 'enabled'));
  const [uefi, ...elsewhere] = new Set(matches(lines, UEFI).map(([, word]) => word === 'EFI v'));
  if (otherwise.length > 0 || elsewhere.length > 0) return undefined;
  if (kaslr === false || uefi === false) return false;
  return kaslr && uefi;
}

function matches(lines: readonly string[], pattern: RegExp): RegExpExecArray[] {
  return lines.map((line) => pattern.exec(line)).filter((match) => match !== null);
}

const hex = (digits: string | undefined): bigint => BigInt(`0x${digits ?? 0}`);
const kibibytes = (digits: string | undefined): bigint | undefined =>
  digits === undefined ? undefined : BigInt(digits) << 10n;
const sum = (sizes: readonly bigint[]): bigint => sizes.reduce((all, size) => all + size, 0n);

const rangesOf = (lines: readonly RegExpExecArray[]): Range[] =>
  lines
    .filter(({ groups }) => groups?.end !== undefined)
    .map(({ groups }) => ({ start: hex(groups?.start), end: hex(groups?.end) }));

/** Whether zones reach from the first piece of memory to the last: none of them is lost there. */
function reach(zones: readonly Range[], pieces: readonly Range[]): boolean {
  const within = ({ start, end }: Range): boolean =>
    zones.some((zone) => zone.start <= start) && zones.some((zone) => zone.end >= end);
  return pieces.every(within);
}

/** The lowest zone that is not empty ends at the limit, where another one follows. */
function lowLimitOf(zones: readonly RegExpExecArray[]): bigint | undefined {
  const [lowest, ...others] = rangesOf(zones.filter(([, name]) => /^(DMA|Normal)/.test(name ?? '')));
  return lowest === undefined || others.length === 0 ? undefined : lowest.end + 1n;
}

/** Bytes of RAM, and how well they are known. */
export interface CountedRam {
  readonly bytes: bigint;
  /** Whether the kernel said so. */
  readonly exact: boolean;
  /** Where the number is from, for people. */
  readonly from: string;
}

/**
 * The RAM that decides which range of `crashkernel=` holds. The kernel's log has it. A map is as good, unless memory was
 * plugged in after boot, or a `Crash kernel` stands in it without its System RAM.
 */
export function countedRam(tree: ResourceTree, log?: BootLog): CountedRam {
  if (log?.countedRam !== undefined)
    return { bytes: log.countedRam, exact: true, from: "the kernel's own count, in its log" };
  const bytes = systemRamSize(tree);
  const sum = 'System RAM and what is reserved beside it, in the memory map';
  const isCut = loneCrashRegions(tree).length > 0;
  const but = isCut ? 'RAM around the crash region is not listed' : 'memory plugged in after boot counts here only';
  return { bytes, exact: false, from: `${sum}; ${but}` };
}
