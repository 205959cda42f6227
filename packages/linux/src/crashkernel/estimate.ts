import { estimateCrashKernel, type Summand } from '@kexeckit/reboot';
import type { Load } from '../checks/check.ts';
import { loadSize, runningInitrd, runningKernel } from '../estimate.ts';
import { humanSize, isArm64 } from '../facts.ts';
import { seen } from '../finding.ts';
import type { Host } from '../host-values.ts';
import type { Evidence } from '../reading.ts';
import { ramOf } from './kernel.ts';

const MIB = 1n << 20n;
/** An initramfs for dumps whose size is not seen: as large as distributions make them. */
const ASSUMED_INITRD = 32n * MIB;
const PAGE = 4096;

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

/**
 * How much to reserve for a crash kernel like the running kernel, by kdumpctl's rules. Undefined where the running kernel is not
 * seen. Memory for LUKS is not known here: a volume's header has it.
 */
export function crashEstimate(host: Host): CrashEstimate | undefined {
  const kernel = runningKernel(host);
  if (kernel === undefined) return undefined;
  const initrd = runningInitrd(host);
  const modules = (host.modules ?? []).reduce((sum, { size }) => sum + BigInt(size), 0n);
  const { baseline, needed, ...sums } = estimateCrashKernel({
    ramBytes: ramOf(host).bytes,
    kernel: { bytes: kernel.size, source: kernel.evidence.path },
    modules: { bytes: modules, source: '/proc/modules' },
    initrd: { bytes: initrd?.size ?? ASSUMED_INITRD, source: initrd?.evidence.path ?? 'a guess' },
    luks: { bytes: 0n, source: 'not known' },
    pageBytes: host.pageSize ?? PAGE,
    hasSmmu: host.smmu === true,
    hasMlx5: host.modules?.some(({ name }) => name === 'mlx5_core') === true,
  });
  const unseen = initrd === undefined ? ' (the initramfs is a guess: its size is not seen here)' : '';
  return {
    recommended: sums.recommendedBytes,
    baseline: sums.baselineBytes,
    needed: sums.neededBytes,
    how: `kdumpctl's rules take the larger one of ${words(baseline) || 'nothing by RAM'} and ${words(needed)}${unseen}`,
    evidence: [kernel.evidence, ...(initrd ? [initrd.evidence] : []), ...seen(host, 'modules', 'smmu', 'pageSize')],
  };
}

const words = (parts: readonly Summand[]): string =>
  parts
    .filter(({ bytes }) => bytes > 0n)
    .map(({ what, bytes }) => `${what} ${humanSize(bytes)}`)
    .join(' + ');

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
