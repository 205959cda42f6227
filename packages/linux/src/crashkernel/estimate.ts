import { formatSize, parseCrashkernel } from '@kexeckit/cmdline';
import type { Load } from '../checks/check.ts';
import { loadSize, runningInitrd, runningKernel } from '../estimate.ts';
import { humanSize, isArm64 } from '../facts.ts';
import { seen } from '../finding.ts';
import type { Host } from '../host-values.ts';
import type { Evidence } from '../reading.ts';
import { ramOf } from './kernel.ts';

const MIB = 1n << 20n;
const LARGE_PAGE = 65_536;

/** What kdumpctl takes for a start on arm64, by RAM. */
const BASELINE = 'crashkernel=2G-4G:256M,4G-64G:320M,64G-:576M';
/** What it adds there to kernel, modules and initramfs: to run, and on arm64. */
const TO_RUN = 16n * MIB;
const ON_ARM64 = 50n * MIB;
/** An initramfs for dumps whose size is not seen: as large as distributions make them. */
const ASSUMED_INITRD = 32n * MIB;
/** How often it counts the initramfs: packed, unpacked, and what unpacking takes. */
const INITRDS = 3n;

/** How much a crash kernel wants here, by the rules of kdumpctl (kdump-utils). */
export interface CrashEstimate {
  /** Bytes to reserve: the larger one of both. */
  readonly recommended: bigint;
  /** By RAM, page size and drivers; 0 where RAM is so small that nothing is recommended. */
  readonly baseline: bigint;
  /** By what is loaded and started. */
  readonly needed: bigint;
  /** Both in words. */
  readonly how: string;
  readonly evidence: readonly Evidence[];
}

/** What a part of the sum is called, and how much it is. */
type Part = readonly [what: string, bytes: bigint];

/**
 * How much to reserve for a crash kernel like the running kernel, by kdumpctl's rules. Undefined where the running kernel is not
 * seen. Memory for LUKS is not known here: a volume's header has it.
 */
export function crashEstimate(host: Host): CrashEstimate | undefined {
  const kernel = runningKernel(host);
  if (kernel === undefined) return undefined;
  const initrd = runningInitrd(host);
  const modules = (host.modules ?? []).reduce((sum, { size }) => sum + BigInt(size), 0n);
  const needs: Part[] = [
    ['kernel', kernel.size],
    ['modules', modules],
    [`${INITRDS} × initramfs`, INITRDS * (initrd?.size ?? ASSUMED_INITRD)],
    ['to run', TO_RUN + ON_ARM64],
  ];
  const bases = baselineOf(host);
  const [baseline, needed] = [total(bases), total(needs)];
  const unseen = initrd === undefined ? ' (the initramfs is a guess: its size is not seen here)' : '';
  return {
    recommended: wholeMib(baseline > needed ? baseline : needed),
    baseline,
    needed,
    how: `kdumpctl's rules take the larger one of ${words(bases) || 'nothing by RAM'} and ${words(needs)}${unseen}`,
    evidence: [kernel.evidence, ...(initrd ? [initrd.evidence] : []), ...seen(host, 'modules', 'smmu', 'pageSize')],
  };
}

/** By RAM; with more for large pages, and for drivers that take much. */
function baselineOf(host: Host): Part[] {
  const ram = ramOf(host).bytes;
  const { ret, size } = parseCrashkernel(BASELINE, ram);
  if (ret !== 0) return [];
  const isLarge = host.pageSize === LARGE_PAGE;
  const hasMlx5 = host.modules?.some(({ name }) => name === 'mlx5_core') === true;
  return [
    [`baseline for ${formatSize(ram)} of RAM`, size],
    ...(isLarge ? ([['64K pages', 100n * MIB]] satisfies Part[]) : []),
    ...(isLarge && host.smmu === true ? ([['SMMU', 384n * MIB]] satisfies Part[]) : []),
    ...(hasMlx5 ? ([['mlx5', (isLarge ? 200n : 150n) * MIB]] satisfies Part[]) : []),
  ];
}

const total = (parts: readonly Part[]): bigint => parts.reduce((sum, [, bytes]) => sum + bytes, 0n);

const words = (parts: readonly Part[]): string =>
  parts
    .filter(([, bytes]) => bytes > 0n)
    .map(([what, bytes]) => `${what} ${humanSize(bytes)}`)
    .join(' + ');

const wholeMib = (bytes: bigint): bigint => ((bytes + MIB - 1n) / MIB) * MIB;

/** What a capture kernel needs beside its files, at the least. */
const OURS_TO_RUN = 64n * MIB;
const STEP = 64n * MIB;
/** For a kernel that is not seen. */
const ASSUMED_SIZE = 256n * MIB;

/** What strategy crash-region wants: the next kernel, and one for a panic beside it. */
export interface RegionNeed {
  /** Bytes of one load; undefined where nothing is known. */
  readonly one: bigint | undefined;
  /** Bytes that hold two, and let one run. */
  readonly two: bigint;
  /** Bytes to ask for. */
  readonly ask: bigint;
  readonly how: string;
  readonly evidence: readonly Evidence[];
}

/** How much our own plan wants reserved. */
export function regionNeed(host: Host, load?: Load): RegionNeed {
  const { size, how, evidence } = loadSize(host, load);
  const two = 2n * (size ?? 0n) + OURS_TO_RUN;
  return { one: size, two, ask: ((two + STEP - 1n) / STEP) * STEP, how, evidence };
}

/** For RAM from here on kdumpctl recommends something. */
export const RECOMMENDED_FROM: bigint = 2n << 30n;

/**
 * What to reserve on this machine: one size for all that is said of it, which holds a crash kernel, and our own plan's two. Undefined
 * where none can be advised: kdumpctl's rules here are those of arm64, and of a machine so small that it recommends nothing no
 * more than a quarter is taken.
 */
export function adviceSize(host: Host, load?: Load): bigint | undefined {
  if (isArm64(host) === false) return undefined;
  const ram = ramOf(host).bytes;
  const estimate = crashEstimate(host)?.recommended ?? ASSUMED_SIZE;
  if (ram > 0n && estimate > ram / (ram < RECOMMENDED_FROM ? 4n : 2n)) return undefined;
  const { one, ask } = regionNeed(host, load);
  return one !== undefined && ask > estimate && (ram === 0n || ask <= ram / 2n) ? ask : estimate;
}
