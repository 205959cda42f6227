/**
 * Which kernel's behaviour is modelled. The two differ in `memparse`, `simple_strtoull` and `get_options`: 7.3 saturates
 * on overflow and leaves a lone suffix letter alone, 7.1 and older wrap modulo 2^64 and eat it.
 * 6.1 numbers behave as those of 7.1; it does not know `,cma`, lets a size beyond RAM through to the reservation (which
 * then fails with a message), and has no default for `,low`.
 */
export type KernelVersion = '6.1' | '7.1' | '7.3';

/** The newest kernel that the reference vectors cover. */
export const defaultKernel: KernelVersion = '7.3';

/** A line as the kernel prints it: level, text without the newline. */
export type LogLine = [level: 'err' | 'warn' | 'notice' | 'info' | 'debug', text: string];

/** True where numbers saturate at 2^64-1 instead of wrapping (7.3 on). */
export function saturates(kernel: KernelVersion): boolean {
  return kernel === '7.3';
}
