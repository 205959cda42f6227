import type { Writable } from 'node:stream';
import { type Arrival, phases, RebootError } from '@kexeckit/reboot';
import type { ExceptionLevel } from '@kexeckit/relocation';
import { TIMEOUT_MAX_MS } from './limits.ts';

/** What a QEMU machine is like, and how it is watched. */
export interface QemuOptions {
  /** RAM in bytes: whole MiB, at most 1 TiB. */
  readonly memory: bigint;
  readonly cpus: number;
  /** 2 gives the machine EL2 (`virtualization=on`) and starts there. */
  readonly exceptionLevel: ExceptionLevel;
  /** EL2 with HCR_EL2.E2H set, on a CPU that has it. No by default. */
  readonly vhe?: boolean;
  /** The routine runs at EL1, and the new kernel is entered at EL2. No by default. */
  readonly softRestart?: boolean;
  /** The program; by default `qemu-system-aarch64` from PATH. */
  readonly binary?: string;
  /**
   * What ends the reboot, in a line of the console: of one that has ended, or that nothing more comes of for a quarter of a second, as
   * of a prompt. By default the kernel's own "Run … as init process".
   */
  readonly expect?: RegExp;
  /**
   * Where a run ends: at the mark on the new kernel's console, by default, or at the jump to it, with every destination
   * read back and compared; for plans whose kernel does not run on this machine, or need not.
   */
  readonly until?: 'mark' | 'jump';
  /**
   * How long a whole reboot may take, from its description of the machine to the mark of the next kernel, with everything that
   * QEMU is asked on the way: more than 0, at most 24 days. Description and staging take no longer than their phases may. What
   * is asked of the machine alone, outside `reboot`, has as much for itself.
   */
  readonly timeoutMs?: number;
  /**
   * Called when the next kernel has reached its mark: the machine runs on, without a limit, until this settles. Its console goes on
   * as events.
   */
  readonly keep?: (machine: RunningMachine) => Promise<void>;
}

/** A machine whose next kernel is up. */
export interface RunningMachine {
  /** What a plan came to: the run's report has the same when the machine has ended. Undefined where there was no plan. */
  readonly arrival?: Arrival;
  /** What is typed on its console. */
  readonly input: Writable;
  /** Settles when QEMU has ended, whoever ended it. */
  readonly ended: Promise<void>;
  /** Fires when the work is to end: the machine is ended then. */
  readonly signal: AbortSignal | undefined;
}

/** Where the virt machine's PL011 is. */
export const CONSOLE = 0x0900_0000n;
/** Where RAM starts on the virt machine. */
export const RAM_BASE = 0x4000_0000n;
/** QEMU writes its device tree to the start of RAM at reset; nothing else may lie there. */
export const FIRMWARE_DTB_SIZE = 0x20_0000n;

/** "Run /sbin/init as init process": printed right before the first instruction of user space. */
export const userSpaceMark: RegExp = /Run \S+ as init process/;

/** The program, from PATH. */
export const DEFAULT_BINARY = 'qemu-system-aarch64';
const DEFAULT_TIMEOUT_MS = 180_000;

/** Options with their defaults. */
export const binaryOf = (options: QemuOptions): string => options.binary ?? DEFAULT_BINARY;
export const timeoutOf = (options: QemuOptions): number => options.timeoutMs ?? DEFAULT_TIMEOUT_MS;

/**
 * The arguments that make the machine, apart from what runs on it.
 *
 * The ITS is off: a kernel that starts without the interrupt controller's reset would find its pending tables still
 * being written to, in memory that it takes for free.
 */
export function machineArguments(options: QemuOptions, extra = ''): string[] {
  const el2 = options.exceptionLevel === 2 || options.softRestart ? ',virtualization=on' : '';
  return [
    ...['-M', `virt,gic-version=3,its=off${el2}${extra}`],
    ...['-cpu', options.vhe ? 'cortex-a76' : 'cortex-a57'],
    ...['-smp', String(options.cpus)],
    ...['-m', `${options.memory / (1n << 20n)}M`],
    ...['-nic', 'none', '-display', 'none', '-monitor', 'none'],
  ];
}

const MIB = 1n << 20n;
/** RAM is a file without holes to fill: more than this no host has, and no test needs. */
const MEMORY_MAX = 1n << 40n;
/** The most that GICv3 takes on the virt machine. */
const CPUS_MAX = 512;

/** @throws RebootError `EINVAL` in phase `describe` for a machine that QEMU cannot make. */
export function checkOptions({ memory, cpus, exceptionLevel, vhe, softRestart, timeoutMs }: QemuOptions): void {
  const level: number = exceptionLevel;
  if (memory < FIRMWARE_DTB_SIZE || memory > MEMORY_MAX || memory % MIB !== 0n)
    throw impossible(`${memory} bytes of RAM`, 'give whole MiB: 2 at least, 1 TiB at most');
  if (!Number.isInteger(cpus) || cpus < 1 || cpus > CPUS_MAX) throw impossible(`${cpus} CPUs`, `give 1 to ${CPUS_MAX}`);
  if (level !== 1 && level !== 2) throw impossible(`a kernel at EL${level}`, 'choose EL1 or EL2');
  if (vhe && level !== 2) throw impossible('VHE at EL1', 'leave vhe out, or choose EL2');
  if (softRestart && level !== 1) throw impossible('a soft restart from EL2', 'leave softRestart out, or choose EL1');
  if (timeoutMs !== undefined && !(timeoutMs > 0 && timeoutMs <= TIMEOUT_MAX_MS))
    throw impossible(`a limit of ${timeoutMs} ms`, 'give more than 0, and at most 24 days');
}

const impossible = (what: string, hint: string): RebootError =>
  new RebootError('EINVAL', `QEMU cannot have ${what}`, hint, { phase: phases.describe });
