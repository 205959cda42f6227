/**
 * Which kernel's behaviour is modelled; {@link KERNELS} says what differs. 5.10, 6.1, 6.12 and 7.3 were measured at boot on arm64,
 * the functions of 7.1 and 7.3 in themselves. See `profileOf` for the profile of a release.
 */
export type KernelVersion = '5.10' | '6.1' | '6.12' | '7.1' | '7.3';

/** The newest kernel that the reference vectors cover. */
export const defaultKernel: KernelVersion = '7.3';

/** A line as the kernel prints it: level, text without the newline. */
export type LogLine = [level: 'err' | 'warn' | 'notice' | 'info' | 'debug', text: string];

/**
 * Which results the architecture asks the parser for: `generic` low, high and cma (arm64, x86, riscv), `generic-nocma`
 * low and high, `legacy` size and base only, `legacy-cma` size, base and cma.
 */
export type CrashkernelMode = 'generic' | 'generic-nocma' | 'legacy' | 'legacy-cma';

/** What is particular to a kernel. */
export interface KernelRules {
  /**
   * Whether numbers saturate at 2^64-1, and a lone suffix letter is left alone; else they wrap modulo 2^64, and it is eaten.
   */
  readonly saturates: boolean;
  /** Whether `,cma` sets a token apart; else such a token is a plain one with junk in it. */
  readonly cma: boolean;
  /** What arm64 asks the parser for. */
  readonly mode: CrashkernelMode;
  /** Whether a size that is not less than RAM is refused in silence; else the reservation fails, with a message. */
  readonly checksRam: boolean;
  /** Low memory on arm64 in bytes where `,high` comes without `,low`. */
  readonly defaultLow: bigint;
}

/** 128 MiB: the low region on arm64 when only `,high` is given. */
export const ARM64_DEFAULT_LOW = 0x800_0000n;

/** The rules of each kernel that is modelled, the oldest first. */
export const KERNELS: Readonly<Record<KernelVersion, KernelRules>> = {
  '5.10': { saturates: false, cma: false, mode: 'legacy', checksRam: false, defaultLow: 0n },
  '6.1': { saturates: false, cma: false, mode: 'generic-nocma', checksRam: false, defaultLow: 0n },
  '6.12': { saturates: false, cma: false, mode: 'generic-nocma', checksRam: true, defaultLow: ARM64_DEFAULT_LOW },
  '7.1': { saturates: false, cma: true, mode: 'generic', checksRam: true, defaultLow: ARM64_DEFAULT_LOW },
  '7.3': { saturates: true, cma: true, mode: 'generic', checksRam: true, defaultLow: ARM64_DEFAULT_LOW },
};

/** True where numbers saturate at 2^64-1 instead of wrapping (7.3 on). */
export function saturates(kernel: KernelVersion): boolean {
  return KERNELS[kernel].saturates;
}
