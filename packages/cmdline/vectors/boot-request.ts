import { type CrashkernelVerdict, type KernelVersion, parseCrashkernel } from '@kexeckit/cmdline';

/** What a kernel's `crashkernel=` asks for at boot; null where it reserves nothing. */
export function requestOf(cmdline: string, systemRam: bigint, kernel: KernelVersion): CrashkernelVerdict | null {
  const verdict = parseCrashkernel(cmdline, systemRam, { kernel });
  return verdict.ret === 0 ? verdict : null;
}
