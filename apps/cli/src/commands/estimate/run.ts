import { defaultKernel, formatCrashkernel, type ProfileChoice, profileOf } from '@kexeckit/cmdline';
import {
  countedRam,
  findByName,
  placeReservation,
  type ResourceTree,
  rangeSize,
  reserveCrashKernel,
  surveyOf,
  withoutRegions,
} from '@kexeckit/ioport';
import {
  type CrashKernelEstimate,
  estimateCrashKernel,
  estimateKexecRegion,
  type InputFiles,
  type KexecRegionEstimate,
  type KnownSize,
  RebootError,
} from '@kexeckit/reboot';
import type { Context } from '../../context.ts';
import { UsageError } from '../../error.ts';
import { readContents } from '../../options/files.ts';
import { givenArmMap, hostMap, refuseTwoRams, whyForeign } from '../../options/map.ts';
import { longName } from '../../options/option.ts';
import { amount } from '../../render/format.ts';
import { told } from '../../render/status-line.ts';
import type { Request } from '../command.ts';
import { explained, type LineExplanation } from '../explain/run.ts';
import { type LoadedModules, modulesOf } from './modules.ts';
import type { EstimateValues } from './values.ts';

/** What is reserved today, in bytes. */
export interface Standing {
  readonly crashkernel: bigint;
  readonly kexeckernel: bigint;
}

/** How much to reserve, and what to write. */
export interface RegionsEstimate {
  /** Undefined without a kernel file. */
  readonly kexec: KexecRegionEstimate | undefined;
  readonly crash: CrashKernelEstimate;
  /** What is reserved on the machine; undefined without its map. */
  readonly standing: Standing | undefined;
  /** What to write on the command line, and what the machine makes of it. */
  readonly line: LineExplanation;
  /** What is worth a second look. */
  readonly warnings: readonly string[];
}

/** A machine, as far as it is known. */
interface Target {
  readonly memory: ResourceTree | undefined;
  /** Bytes of RAM that were given. */
  readonly ram: bigint | undefined;
  readonly noMap: string | undefined;
}

/** The kernel and what comes with it. */
interface Load {
  readonly files: InputFiles | undefined;
  /** As the files alone say it. */
  readonly kexec: KexecRegionEstimate | undefined;
  readonly kernel: KnownSize;
  readonly initrd: KnownSize;
  readonly warnings: readonly string[];
}

/** @throws UsageError, BootImageError for a file that is no kernel */
export async function estimateRegions({ options }: Request<EstimateValues>, { io }: Context): Promise<RegionsEstimate> {
  const target = await targetOf(options, io);
  const { memory } = target;
  const modules = await modulesOf(options.modules, io);
  const load = await loadOf(options, memory, io);
  const crash = crashOf(options, load, modules, ramBytes(target));
  const kernel = profileOf(options.release ?? `${defaultKernel}.0`);
  const kexec = await told(io, 'estimate: planning on the map', () =>
    onMap(load, crash, memory, kernel.profile, io.signal),
  );
  const line = lineFor(crash, kexec.region, target, kernel);
  const standing = memory && standingIn(memory);
  const warnings = [...load.warnings, ...kexec.warnings, ...lowIn(standing, crash, kexec.region), ...largeFor(line)];
  return { kexec: kexec.region, crash, standing, line, warnings };
}

async function targetOf(options: EstimateValues, io: Context['io']): Promise<Target> {
  refuseTwoRams(options);
  const { memory: ram } = options;
  const given = await givenArmMap(options, io, 'give the map of an arm64 machine, or --memory');
  if (ram !== undefined) return { memory: undefined, ram, noMap: undefined };
  const memory = given ?? (await hostMap('/', io));
  if (memory instanceof UsageError) return { memory: undefined, ram, noMap: memory.message };
  const noMap = await whyForeign(memory);
  return noMap === undefined ? { memory, ram, noMap } : { memory: undefined, ram, noMap };
}

const ramBytes = ({ memory, ram }: Target): bigint | undefined => (memory ? countedRam(memory).bytes : ram);

/** Files, or else what runs in the map. */
async function loadOf(options: EstimateValues, memory: ResourceTree | undefined, io: Context['io']): Promise<Load> {
  const { kernel: path, initrd: initrdPath } = options;
  const initrd = initrdPath === undefined ? undefined : await readContents(initrdPath, longName('initrd'), io);
  if (path === undefined) return runningIn(memory, initrd);
  const kernel = await readContents(path, longName('kernel'), io);
  const files = { kernel, kernelName: path, ...(initrd && { initrd }) };
  const kexec = await told(io, 'estimate: unpacking the kernel and planning', () =>
    estimateKexecRegion(files, undefined, io.signal),
  );
  const [image, ramdisk] = ['kernel', 'initrd'].map((name) => kexec.segments.find((segment) => segment.name === name));
  return {
    files,
    kexec,
    kernel: { bytes: image?.memsz ?? 0n, source: 'its header: with its BSS' },
    initrd: {
      bytes: ramdisk?.bufsz ?? 0n,
      source: ramdisk ? 'the file: packed, unpacked, and to unpack it' : 'there is none',
    },
    warnings: ramdisk ? [] : ['no initramfs is counted: give the one that writes the dump with --initrd'],
  };
}

function runningIn(memory: ResourceTree | undefined, initrd: Uint8Array | undefined): Load {
  const running = memory && surveyOf(memory).totals.find(({ role }) => role === 'running kernel');
  if (running === undefined)
    throw new UsageError('EINVAL', 'no kernel is given, and none is seen in a map', 'give one with --kernel');
  return {
    files: undefined,
    kexec: undefined,
    kernel: { bytes: running.size, source: 'the running kernel in the map' },
    initrd: {
      bytes: BigInt(initrd?.length ?? 0),
      source: initrd ? 'the file: packed, unpacked, and to unpack it' : 'there is none',
    },
    warnings: [
      'no kernel is given: a region for kernels in place is not told',
      ...(initrd ? [] : ['no initramfs is counted: give the one that writes the dump with --initrd']),
    ],
  };
}

const PAGES = { '4K': 4096, '16K': 16_384, '64K': 65_536, unspecified: 4096 } as const;

function crashOf(
  { luks, pageSize, smmu = false, mlx5 = false }: EstimateValues,
  { kexec, kernel, initrd }: Load,
  modules: LoadedModules,
  ram: bigint | undefined,
): CrashKernelEstimate {
  return estimateCrashKernel({
    ...{ ramBytes: ram, kernel, initrd },
    modules: { bytes: modules.bytes, source: modules.source },
    luks: { bytes: luks ?? 0n, source: 'as it was given' },
    pageBytes: PAGES[pageSize ?? kexec?.pageSize ?? 'unspecified'],
    hasSmmu: smmu,
    hasMlx5: mlx5 || modules.hasMlx5,
  });
}

/**
 * The region planned once more on the machine's own map, behind the crash region; where that has no room, what the files alone say
 * stays.
 */
async function onMap(
  { files, kexec: region }: Load,
  { recommendedBytes }: CrashKernelEstimate,
  memory: ResourceTree | undefined,
  kernel: ProfileChoice['profile'],
  signal: AbortSignal | undefined,
): Promise<{ readonly region: KexecRegionEstimate | undefined; readonly warnings: readonly string[] }> {
  if (memory === undefined || files === undefined) return { region, warnings: [] };
  const tree = withoutRegions(memory);
  const crash = reserveCrashKernel(tree, { size: recommendedBytes, base: 0n }, { kernel });
  if (crash.refusal === null) placeReservation(tree, crash);
  try {
    return { region: await estimateKexecRegion(files, tree, signal), warnings: [] };
  } catch (error) {
    if (!(error instanceof RebootError)) throw error;
    return { region, warnings: [`on this map no load can be planned: ${error.message}; ${error.hint}`] };
  }
}

/** What to write on the command line, and what comes of it. */
function lineFor(
  { recommendedBytes }: CrashKernelEstimate,
  region: KexecRegionEstimate | undefined,
  { memory, ram, noMap }: Target,
  kernel: ProfileChoice,
): LineExplanation {
  const words = [
    `crashkernel=${formatCrashkernel({ size: recommendedBytes })}`,
    ...(region ? [`kexeckernel=${formatCrashkernel({ size: region.recommendedBytes })}`] : []),
  ];
  const source = { line: words.join(' '), from: 'the estimate', kernel, memory, noMap };
  return explained(source, undefined, ram === undefined ? {} : { memory: ram });
}

function standingIn(memory: ResourceTree): Standing {
  const sizeOf = (name: string): bigint =>
    findByName(memory, name).reduce((sum, region) => sum + rangeSize(region), 0n);
  return { crashkernel: sizeOf('Crash kernel'), kexeckernel: sizeOf('Kexec kernel') };
}

/** What is reserved, and is too little. */
function lowIn(
  standing: Standing | undefined,
  { recommendedBytes }: CrashKernelEstimate,
  region: KexecRegionEstimate | undefined,
): string[] {
  const { crashkernel = 0n, kexeckernel = 0n } = standing ?? {};
  const words = (parameter: string, has: bigint, wanted: bigint): string =>
    `${parameter}= has reserved ${amount(has)} on this machine, and ${amount(wanted)} are wanted`;
  return [
    ...(crashkernel > 0n && crashkernel < recommendedBytes
      ? [words('crashkernel', crashkernel, recommendedBytes)]
      : []),
    ...(region && kexeckernel > 0n && kexeckernel < region.leastBytes
      ? [words('kexeckernel', kexeckernel, region.leastBytes)]
      : []),
  ];
}

/** What leaves a machine with less than half of its RAM. */
function largeFor({ readings, ram }: LineExplanation): string[] {
  const sizes = readings.map(({ explanation }) => ('verdict' in explanation ? explanation.verdict.size : 0n));
  const all = sizes.reduce((sum, size) => sum + size, 0n);
  return ram !== undefined && 2n * all > ram.bytes
    ? [`both take ${amount(all)}: more than half of ${amount(ram.bytes)} of RAM`]
    : [];
}
