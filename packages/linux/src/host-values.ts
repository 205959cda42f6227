import type { AcpiFacts } from './acpi.ts';
import type { DeviceTreeFacts } from './device-tree.ts';
import type { Evidence, Unread } from './reading.ts';
import type { Capabilities, IoUringAccess, KexecCalls, LoadedModule, Lockdown, SignatureRule } from './values.ts';

/** What decides about kexec on a Linux host. */
export interface HostValues {
  /** The kernel's architecture as `uname -m` names it: aarch64, x86_64, … */
  readonly architecture: string;
  /** As `uname -r` prints it. */
  readonly osrelease: string;
  /** The running kernel's command line, one character a byte. */
  readonly cmdline: string;
  /** Text of /proc/iomem. All addresses are zero if an unprivileged process read it. */
  readonly iomem: string;
  /** What the kernel said of memory and of `crashkernel=` when it booted, line by line, without times. */
  readonly bootLog: readonly string[];
  /** The modules that are loaded. */
  readonly modules: readonly LoadedModule[];
  /** Whether there is an IOMMU that the kernel drives as an SMMU. */
  readonly smmu: boolean;
  /** RAM that the kernel manages, in bytes. */
  readonly memTotal: bigint;
  /** What of it programs can have without swapping, in bytes. */
  readonly memAvailable: bigint;
  /** Bytes of CMA areas; 0 for none. */
  readonly cmaTotal: bigint;
  /** The one-way switch that forbids to load kernels. */
  readonly kexecLoadDisabled: boolean;
  /** How many images may still be loaded for a reboot; -1 for any number. Kernels before 6.3 have no such limit. */
  readonly kexecLimitReboot: number;
  /** The same for a panic. */
  readonly kexecLimitPanic: number;
  /** The system calls that load kernels, as far as they are built in. */
  readonly kexecCalls: KexecCalls;
  /** What kexec_file_load asks of signatures. */
  readonly signatureRule: SignatureRule;
  readonly kexecLoaded: boolean;
  readonly kexecCrashLoaded: boolean;
  /** Bytes reserved for the crash kernel; 0 for none. */
  readonly kexecCrashSize: bigint;
  /** The device tree blob that the kernel was booted with. */
  readonly fdt: Uint8Array;
  readonly deviceTree: DeviceTreeFacts;
  /** Whether the kernel was booted by UEFI. */
  readonly efi: boolean;
  /** Whether UEFI lets only signed programs start. */
  readonly secureBoot: boolean;
  /** Whether the kernel uses ACPI. */
  readonly acpi: boolean;
  readonly acpiTables: AcpiFacts;
  readonly cpusPossible: number;
  readonly cpusOnline: number;
  /** Numbers of the CPUs that Linux cannot take offline: they have no `online` file. */
  readonly cpusFixed: readonly number[];
  /** Whether every CPU has the SHA-256 instructions. */
  readonly sha256: boolean;
  /** Bytes of a page of the running kernel. */
  readonly pageSize: number;
  /** Whether KVM runs, which on arm64 takes a kernel that was started at EL2. */
  readonly kvm: boolean;
  readonly lockdown: Lockdown;
  /** Active security modules: `lockdown` among them, or not. */
  readonly securityModules: readonly string[];
  /** What this process may do in its user namespace. */
  readonly capabilities: Capabilities;
  /** Whether this process is in the initial user namespace, where alone CAP_SYS_BOOT counts for kexec. */
  readonly initialNamespace: boolean;
  /** Whether system calls of this process are filtered. */
  readonly seccomp: boolean;
  /** Bytes that this process may lock. */
  readonly memlockLimit: bigint;
  /** Whether the kernel has io_uring. */
  readonly ioUring: boolean;
  /** Who may use it. */
  readonly ioUringAccess: IoUringAccess;
  /** Whether there is /proc/self/pagemap. */
  readonly pagemap: boolean;
  /** Whether this process can open /dev/mem. */
  readonly devMem: true;
}

/** What was found on a host. A value that could not be read is undefined, and `unread` says why. */
export type Host = { readonly [Field in keyof HostValues]: HostValues[Field] | undefined } & {
  readonly unread: Readonly<Partial<Record<keyof HostValues, Unread>>>;
  /** What says so. */
  readonly said: Readonly<Partial<Record<keyof HostValues, Evidence>>>;
};
