import { type Fdt, FdtError, getProperty, parseFdt, serializeFdt, setProperty, u32Value } from '@kexeckit/fdt';
import { findByName, type Range, type ResourceTree, systemRam } from '@kexeckit/ioport';
import { type CpuFeatures, type Reality, realityOf } from '@kexeckit/reboot';
import { chosenOf, regionParameters } from '@kexeckit/relocation';
import { consoleOf } from './console.ts';
import { logOf } from './crashkernel/kernel.ts';
import { LinuxError, type LinuxErrorCode } from './error.ts';
import { hostMemory, isArm64, startLevel } from './facts.ts';
import type { Host } from './host-values.ts';
import {
  cutCrashRegionToPages,
  keptRegion,
  loadableCrashRegion,
  noteRegion,
  reserveOtherCrashRegions,
} from './region.ts';

/** What the host does not give away, or what shall be used in its place. */
export interface DescribeOptions {
  /** The device tree's `model` by default. */
  readonly name?: string;
  /** A device tree of this very machine in place of /sys/firmware/fdt. */
  readonly dtb?: Uint8Array;
  /** The exception level that the running kernel was started at. */
  readonly exceptionLevel?: 1 | 2;
}

/** A host as `planReboot` of `@kexeckit/reboot` wants it. */
export interface HostReality extends Reality {
  /** Always false: a running kernel reserves nothing any more. */
  readonly canReserve: false;
  /** What was concluded or assumed, in words, for people to check. */
  readonly assumptions: readonly string[];
}

/**
 * Describes this host, so that a reboot can be planned for it.
 *
 * @throws {LinuxError} EOPNOTSUPP if it is not known to be arm64; EPERM, EACCES, ENOENT or EIO where its memory map or
 * device tree could not be read; EINVAL where the map is damaged.
 */
export function describeHost(host: Host, options: DescribeOptions = {}): HostReality {
  if (isArm64(host) !== true) {
    throw new LinuxError(
      'EOPNOTSUPP',
      `the host is ${host.architecture ?? 'of unknown architecture'}, not aarch64`,
      'read a host that runs an arm64 kernel',
      { value: host.architecture },
    );
  }
  const memory = hostMemory(host);
  const dtb = options.dtb ?? deviceTreeOf(host);
  const assumptions: string[] = [];
  const isOwn = findByName(memory, regionParameters.kexeckernel.resource).length > 0;
  if (!isOwn) noteKept(host, memory, dtb, assumptions);
  noteCrashRegion(host, memory, assumptions);
  const reality = realityOf({
    name: options.name ?? host.deviceTree?.model ?? 'linux',
    memory,
    console: consoleOf(dtb),
    osrelease: host.osrelease,
    lowLimit: logOf(host).lowLimit,
    exceptionLevel: options.exceptionLevel ?? levelOf(host, assumptions),
    cpus: cpusOf(host, assumptions),
    features: leastFeatures(host, assumptions, systemRam(memory)),
    dtb: withSecureBoot(host, dtb, assumptions),
    // kexec_load takes segments; Linux places a crashkernel= without an offset by itself, and a stock one knows no kexeckernel=.
    ownPages: 'in a row',
    nextRegion: { kexeckernel: isOwn ? 'other half' : 'node', crashkernel: 'anew' },
  });
  return { ...reality, canReserve: false, assumptions };
}

function noteKept(host: Host, memory: ResourceTree, dtb: Uint8Array, assumptions: string[]): void {
  const kept = keptRegion(host, memory, dtb);
  if (kept === undefined) return;
  const { range, why } = kept;
  assumptions.push(`region for another kernel, 0x${range.start.toString(16)} to 0x${range.end.toString(16)}: ${why}`);
  noteRegion(memory, kept);
}

/** A plan is offered the crash region that Linux loads into, and no other. */
function noteCrashRegion(host: Host, memory: ResourceTree, assumptions: string[]): void {
  const listed = findByName(memory, regionParameters.crashkernel.resource).length;
  const loadable = loadableCrashRegion(host, memory);
  if (listed > 0 && loadable === undefined)
    assumptions.push(
      `no region for a crash kernel: none that /proc/iomem lists has the ${host.kexecCrashSize} bytes of kexec_crash_size`,
    );
  reserveOtherCrashRegions(memory, loadable);
  if (loadable !== undefined) cutCrashRegionToPages(memory, loadable);
}

/** Sizes of physical addresses, in bits (ID_AA64MMFR0_EL1.PARange), from the least that Debian's kernels are run on. */
const PA_BITS = [40, 42, 44, 48, 52];

/** Values of `linux,uefi-secure-boot` (enum efi_secureboot_mode). */
const SECURE_BOOT = { 'not known': 1, off: 2, on: 3 } as const;

/**
 * The tree of a host that UEFI has booted says whether Secure Boot is on: kernels of Ubuntu take no memory from UEFI's map without
 * it, and the stub of other kernels does not write it down.
 */
function withSecureBoot({ secureBoot }: Host, blob: Uint8Array, assumptions: string[]): Uint8Array {
  const fdt = readTree(blob);
  if (fdt === undefined) return blob;
  const chosen = chosenOf(fdt);
  if (chosen === undefined || getProperty(chosen, 'linux,uefi-mmap-start') === undefined) return blob;
  if (getProperty(chosen, PROPERTY) !== undefined) return blob;
  const state = secureBoot === undefined ? 'not known' : secureBoot ? 'on' : 'off';
  setProperty(chosen, PROPERTY, u32Value(SECURE_BOOT[state]));
  assumptions.push(`${PROPERTY}, which kernels of Ubuntu need, is added to the device tree: ${state}`);
  return serializeFdt(fdt);
}

const PROPERTY = 'linux,uefi-secure-boot';

/** Undefined for a tree that no plan can be made from. */
function readTree(blob: Uint8Array): Fdt | undefined {
  try {
    return parseFdt(blob);
  } catch (error) {
    if (error instanceof FdtError) return undefined;
    throw error;
  }
}

/** Sizes of pages in bytes, by the names of their granules. */
const GRANULES = new Map([
  [16384, '16K'],
  [65536, '64K'],
] as const);

/** A kernel shows a process few of these registers: for the others, what every CPU has that runs Debian's kernels. */
function leastFeatures({ sha256, pageSize }: Host, assumptions: string[], ram: readonly Range[]): CpuFeatures {
  // A kernel lists no RAM that its CPU does not reach.
  const paBits = PA_BITS.find((bits) => ram.every(({ end }) => end < 1n << BigInt(bits))) ?? 52;
  assumptions.push(
    `CPU: 4K granule, ${paBits}-bit addresses, 64-byte lines, until a program asks it`,
    ...(sha256 === undefined ? ['CPU: no SHA-256 instructions: /proc/cpuinfo does not say'] : []),
  );
  const own = [...GRANULES].flatMap(([size, granule]) => (size === pageSize ? [granule] : []));
  return {
    granules: ['4K', ...own],
    mayHaveMore: true,
    paBits,
    sha256: sha256 === true,
    vhe: false,
    dataLine: 64,
    instructionLine: 64,
  };
}

function deviceTreeOf(host: Host): Uint8Array {
  if (host.fdt !== undefined) return host.fdt;
  const unread = host.unread.fdt;
  const code: LinuxErrorCode = unread?.code === 'ENOENT' || unread?.code === 'EACCES' ? unread.code : 'EIO';
  throw new LinuxError(
    code,
    `/sys/firmware/fdt cannot be read: ${unread?.reason ?? 'it was not read'}`,
    'read it as root, or give a dtb of this very machine',
    { path: '/sys/firmware/fdt' },
  );
}

function levelOf(host: Host, assumptions: string[]): 1 | 2 {
  const start = startLevel(host);
  assumptions.push(
    start ? `EL${start.level}: ${start.why}` : 'EL1: nothing shows that the kernel was started at EL2 (see dmesg)',
  );
  return start?.level ?? 1;
}

function cpusOf(host: Host, assumptions: string[]): number {
  const cpus = host.cpusOnline ?? host.cpusPossible;
  if (cpus === undefined) assumptions.push('1 CPU: /sys/devices/system/cpu could not be read');
  return cpus ?? 1;
}
