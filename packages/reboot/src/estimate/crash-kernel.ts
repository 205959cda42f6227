import { parseCrashkernel } from '@kexeckit/cmdline';

/** A size, and how it is known. */
export interface KnownSize {
  readonly bytes: bigint;
  readonly source: string;
}

/** What a crash kernel is made of, and the machine that it is for. Sizes in bytes. */
export interface CrashKernelNeeds {
  /** RAM of the machine; undefined where it is not known: then no baseline is. */
  readonly ramBytes: bigint | undefined;
  /** The kernel in memory, BSS included. */
  readonly kernel: KnownSize;
  /** Modules that the crash kernel loads. */
  readonly modules: KnownSize;
  /** The initramfs, as it is packed. */
  readonly initrd: KnownSize;
  /** Memory that unlocking the target takes (Argon2, as the header of the LUKS2 volume says); 0 for a target that is open. */
  readonly luks: KnownSize;
  /** Bytes of a page of the crash kernel. */
  readonly pageBytes: number;
  readonly hasSmmu: boolean;
  readonly hasMlx5: boolean;
}

/** A part of a sum. */
export interface Summand extends KnownSize {
  readonly what: string;
}

/** How much to reserve for a crash kernel. */
export interface CrashKernelEstimate {
  /** What distributions reserve by RAM, pages and drivers; empty where RAM is not known, or so small that nothing is recommended. */
  readonly baseline: readonly Summand[];
  /** What this kernel takes. */
  readonly needed: readonly Summand[];
  readonly baselineBytes: bigint;
  readonly neededBytes: bigint;
  /** The larger of both, in whole MiB. */
  readonly recommendedBytes: bigint;
  readonly decidedBy: 'baseline' | 'needed';
}

const MIB = 1n << 20n;
const LARGE_PAGE = 65_536;

/** What kdumpctl takes for a start on arm64, by RAM. */
const BASELINE = '2G-4G:256M,4G-64G:320M,64G-:576M';
/** How often it counts the initramfs: packed, unpacked, and what unpacking takes. */
const INITRDS = 3n;

const RULE = 'kdumpctl estimate';

/**
 * How much to reserve for a crash kernel on arm64, by the rules of kdumpctl (kdump-utils): the larger one of a baseline, and of what the
 * kernel and its files take.
 */
export function estimateCrashKernel(needs: CrashKernelNeeds): CrashKernelEstimate {
  const baseline = baselineOf(needs);
  const needed = neededBy(needs);
  const [baselineBytes, neededBytes] = [total(baseline), total(needed)];
  const decidedBy = baselineBytes > neededBytes ? 'baseline' : 'needed';
  const larger = decidedBy === 'baseline' ? baselineBytes : neededBytes;
  const recommendedBytes = ((larger + MIB - 1n) / MIB) * MIB;
  return { baseline, needed, baselineBytes, neededBytes, recommendedBytes, decidedBy };
}

function baselineOf({ ramBytes, pageBytes, hasSmmu, hasMlx5 }: CrashKernelNeeds): Summand[] {
  if (ramBytes === undefined) return [];
  const { ret, size } = parseCrashkernel(`crashkernel=${BASELINE}`, ramBytes);
  if (ret !== 0) return [];
  const isLarge = pageBytes === LARGE_PAGE;
  const add = (isThere: boolean, what: string, mebibytes: bigint): Summand[] =>
    isThere ? [{ what, bytes: mebibytes * MIB, source: RULE }] : [];
  return [
    { what: 'baseline by RAM', bytes: size, source: `${RULE}: ${BASELINE}` },
    ...add(isLarge, 'pages of 64K', 100n),
    ...add(isLarge && hasSmmu, 'SMMU with pages of 64K', 384n),
    ...add(hasMlx5, 'mlx5', isLarge ? 200n : 150n),
  ];
}

function neededBy({ kernel, modules, initrd, luks }: CrashKernelNeeds): Summand[] {
  const unlocking: Summand[] = [
    { what: 'unlocking the target', ...luks },
    { what: 'cryptsetup on arm64', bytes: 50n * MIB, source: RULE },
  ];
  return [
    { what: 'kernel', ...kernel },
    { what: 'modules', ...modules },
    { what: `${INITRDS} times the initramfs`, bytes: INITRDS * initrd.bytes, source: initrd.source },
    { what: 'to run', bytes: 16n * MIB, source: RULE },
    ...(luks.bytes > 0n ? unlocking : []),
  ];
}

const total = (parts: readonly Summand[]): bigint => parts.reduce((sum, { bytes }) => sum + bytes, 0n);
