import { cString } from './bytes.ts';
import { EINVAL, ENOENT } from './errno.ts';
import { evaluate, locate, newPass, type Pass, toBigInt } from './grammar.ts';
import { type CrashkernelMode, defaultKernel, KERNELS, type KernelVersion, type LogLine } from './kernel.ts';

/** How to read the line. */
export interface CrashkernelOptions {
  /** The parameter's name. `kexeckernel` uses the same grammar but, as in the 2019 series, no suffix. */
  parameter?: 'crashkernel' | 'kexeckernel' | undefined;
  /** Whose behaviour; 7.3 by default. */
  kernel?: KernelVersion | undefined;
  /** By default what arm64 kernels of that version ask for; `legacy` for kexeckernel. */
  mode?: CrashkernelMode | undefined;
  /** Low memory in bytes when `,high` comes without `,low`: 128 MiB on arm64 (the default; 0 up to 6.1), 256 MiB on x86. */
  defaultLow?: bigint | undefined;
}

/**
 * What Linux makes of the line. The fields hold what the kernel leaves in its variables, also after an error; only with
 * `ret` 0 do they mean anything to it.
 */
export interface CrashkernelVerdict {
  /** 0, or -22 (EINVAL) where nothing is reserved. */
  ret: 0 | -22;
  /** Bytes to reserve. */
  size: bigint;
  /** Where, or 0 for anywhere. */
  base: bigint;
  /** Bytes to reserve in low memory as well. */
  lowSize: bigint;
  /** True if the region may lie above the low-memory limit (`,high`). */
  high: boolean;
  /** Bytes to reserve as CMA. */
  cmaSize: bigint;
  /** What the kernel prints on the way. */
  log: LogLine[];
}

/**
 * The kernel's verdict on `crashkernel=` (or `kexeckernel=`) in a command line: what Linux would reserve on a machine
 * with this much RAM, quirks and messages included. Never throws.
 *
 * @param cmdline The whole line; positions and blanks are those of a byte string.
 * @param systemRam Bytes of RAM as the kernel counts them.
 */
export function parseCrashkernel(
  cmdline: string,
  systemRam: bigint,
  options: CrashkernelOptions = {},
): CrashkernelVerdict {
  return parseFor(cString(cmdline), systemRam, readingOf(options));
}

/** Options with nothing left out. */
export interface Reading {
  name: 'crashkernel' | 'kexeckernel';
  kernel: KernelVersion;
  mode: CrashkernelMode;
  defaultLow: bigint;
}

/** What the options say, and what arm64 kernels of that version do where they say nothing. */
export function readingOf({ parameter, kernel = defaultKernel, mode, defaultLow }: CrashkernelOptions): Reading {
  const name = parameter ?? 'crashkernel';
  return {
    name,
    kernel,
    mode: mode ?? defaultMode(name, kernel),
    defaultLow: defaultLow ?? KERNELS[kernel].defaultLow,
  };
}

/** As {@link parseCrashkernel}, for a line without a NUL. */
export function parseFor(
  line: string,
  systemRam: bigint,
  { name, kernel, mode, defaultLow }: Reading,
): CrashkernelVerdict {
  return verdict(newPass(line, systemRam, name, kernel), mode, defaultLow);
}

/** The mode in which arm64 kernels of that version ask. */
function defaultMode(name: string, kernel: KernelVersion): CrashkernelMode {
  return name === 'kexeckernel' ? 'legacy' : KERNELS[kernel].mode;
}

function verdict(pass: Pass, mode: CrashkernelMode, defaultLow: bigint): CrashkernelVerdict {
  const out: CrashkernelVerdict = {
    ret: EINVAL,
    size: 0n,
    base: 0n,
    lowSize: 0n,
    high: false,
    cmaSize: 0n,
    log: pass.log,
  };
  locate(pass);
  let ret = evaluate(pass, null);
  out.size = toBigInt(pass.size);
  out.base = toBigInt(pass.base);
  if (ret === ENOENT && (mode === 'generic' || mode === 'generic-nocma')) {
    ret = evaluateHigh(pass, out, defaultLow);
    if (ret !== 0) return out;
  }
  if (mode === 'generic' || mode === 'legacy-cma') {
    evaluate(pass, ',cma');
    out.cmaSize = toBigInt(pass.size);
  }
  if (ret === 0 && out.size !== 0n && (out.size < pass.ram || !KERNELS[pass.kernel].checksRam)) out.ret = 0;
  return out;
}

function evaluateHigh(pass: Pass, out: CrashkernelVerdict, defaultLow: bigint): number {
  const ret = evaluate(pass, ',high');
  out.size = toBigInt(pass.size);
  if (ret !== 0 || out.size === 0n) return EINVAL;
  const low = evaluate(pass, ',low');
  out.lowSize = low === ENOENT ? defaultLow : toBigInt(pass.size);
  if (low !== 0 && low !== ENOENT) return EINVAL;
  out.high = true;
  return 0;
}
