import { loneCrashRegions } from '../ram.ts';
import type { Range } from '../range.ts';
import type { ResourceTree } from '../tree.ts';
import { systemRamSize } from './memory.ts';

/** Memory that the kernel set aside for its contiguous allocator. */
export interface CmaArea {
  readonly start: bigint;
  readonly size: bigint;
}

/** What a kernel said about memory when it booted; what it did not say, or what has left the log, is undefined. */
export interface BootLog {
  /** First address above the low-memory limit, where there is memory above it; else it does not matter. */
  readonly lowLimit: bigint | undefined;
  /** Bytes of RAM as the kernel counted them. */
  readonly countedRam: bigint | undefined;
  /** Memory at boot in the kernel's pieces, each of one NUMA node; what is never mapped included. */
  readonly bootRam: readonly Range[] | undefined;
  readonly cma: readonly CmaArea[];
  /** Whether the kernel is put elsewhere at each boot: under KASLR, by UEFI's stub. */
  readonly kernelMoves: boolean;
}

/** Time stamps and log levels of dmesg, journals and consoles. */
const PREFIX = /^(?:<\d+>)?(?:[a-z]+\s*:[a-z]+\s*:\s)?(?:\[[\s\d.]+\]\s)?/;
const ZONE = /^\s+(DMA|DMA32|Normal|Movable|Device)\s+(?:empty|\[mem 0x[0-9a-f]+-0x([0-9a-f]+)\])\s*$/;
const NODE = /^\s+node\s+\d+: \[mem 0x([0-9a-f]+)-0x([0-9a-f]+)\]\s*$/;
const COUNTED = /^Memory: \d+K\/(\d+)K available/;
const CMA = /^cma: Reserved (?<size>\d+) (?<unit>KiB|MiB) at 0x(?<start>[0-9a-f]+)/;
/** One that the device tree gives. */
const POOL = /\bcreated CMA memory pool at 0x(?<start>[0-9a-f]+), size (?<size>\d+) (?<unit>KiB|MiB)/;

/** Reads what the lines of `dmesg` say about memory. */
export function readBootLog(log: string | readonly string[]): BootLog {
  const raw = typeof log === 'string' ? log.split('\n') : log;
  const lines = raw.map((line) => line.replace(PREFIX, ''));
  const bootRam = matches(lines, NODE).map(([, start, end]) => ({ start: hex(start), end: hex(end) }));
  const [counted] = matches(lines, COUNTED);
  const cma = [...matches(lines, CMA), ...matches(lines, POOL)].map(({ groups }) => ({
    start: hex(groups?.start),
    size: BigInt(groups?.size ?? 0) << (groups?.unit === 'MiB' ? 20n : 10n),
  }));
  return {
    lowLimit: lowLimitOf(matches(lines, ZONE)),
    countedRam: counted && BigInt(counted[1] ?? 0) << 10n,
    bootRam: bootRam.length > 0 ? bootRam : undefined,
    cma,
    kernelMoves: lines.includes('KASLR enabled') && lines.some((line) => /^efi: EFI v/.test(line)),
  };
}

function matches(lines: readonly string[], pattern: RegExp): RegExpExecArray[] {
  return lines.map((line) => pattern.exec(line)).filter((match) => match !== null);
}

const hex = (digits: string | undefined): bigint => BigInt(`0x${digits ?? 0}`);

/** The lowest zone that is not empty ends at the limit, where another one follows. */
function lowLimitOf(zones: readonly RegExpExecArray[]): bigint | undefined {
  const [lowest, ...others] = zones.filter(([, name, end]) => end !== undefined && /^(DMA|Normal)/.test(name ?? ''));
  return lowest === undefined || others.length === 0 ? undefined : hex(lowest[2]) + 1n;
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
