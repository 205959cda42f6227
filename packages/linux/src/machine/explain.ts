import type { Phase } from '@kexeckit/reboot';
import { RebootError } from '@kexeckit/reboot';
import type { Host } from '../host.ts';
import { SystemCallError } from '../syscalls/kernel.ts';

/** A reason why kexec_load fails on this host, if it applies here. */
interface Cause {
  readonly errno: string;
  readonly applies: (host: Host) => boolean;
  readonly what: string;
  readonly hint: string;
}

/** The causes of each errno, those with evidence first; the last of each applies where no other does. */
const causes: readonly Cause[] = [
  {
    errno: 'EPERM',
    applies: ({ kexecLoadDisabled }) => kexecLoadDisabled === true,
    what: 'loading is switched off until the next boot (kernel.kexec_load_disabled is 1)',
    hint: 'nothing can switch it on again; boot the next kernel the slow way',
  },
  {
    errno: 'EPERM',
    applies: ({ lockdown }) => lockdown !== undefined && lockdown !== 'none',
    what: 'the kernel is locked down, and takes signed kernels through kexec_file_load only',
    hint: 'see /sys/kernel/security/lockdown; boot with lockdown off, or use a signed kernel',
  },
  {
    errno: 'EPERM',
    applies: ({ initialNamespace }) => initialNamespace === false,
    what: 'this process is in a user namespace of its own',
    hint: 'run it on the host itself, not in a container',
  },
  {
    errno: 'EPERM',
    applies: ({ capabilities }) => capabilities?.sysBoot === false,
    what: 'this process has no CAP_SYS_BOOT',
    hint: 'run it as root',
  },
  { errno: 'EPERM', applies: () => true, what: 'the kernel does not allow it', hint: 'run it as root on the host' },
  {
    errno: 'ENOSYS',
    applies: () => true,
    what: 'the kernel has no kexec_load (CONFIG_KEXEC)',
    hint: 'use a kernel that has it',
  },
  {
    errno: 'EBUSY',
    applies: () => true,
    what: 'another process is loading or starting a kernel just now',
    hint: 'wait until it has ended, then try again',
  },
  {
    errno: 'EADDRNOTAVAIL',
    applies: ({ kexecCrashSize }) => kexecCrashSize === 0n,
    what: 'the kernel has no crash region',
    hint: 'boot it with crashkernel=, or choose another strategy',
  },
  {
    errno: 'EADDRNOTAVAIL',
    applies: () => true,
    what: 'a segment lies outside of where the kernel takes it',
    hint: 'the memory map has changed: plan again',
  },
  {
    errno: 'ENOMEM',
    applies: () => true,
    what: 'the kernel has no memory for it',
    hint: 'free some memory, or choose a strategy that loads in place',
  },
  {
    errno: 'EINVAL',
    applies: () => true,
    what: 'the kernel refuses the segments: more than half of its RAM, or an image of another architecture',
    hint: 'compare the plan with /proc/iomem, and plan again',
  },
];

/**
 * What a failed system call means on this host: which of its causes applies here, with the evidence.
 *
 * @returns a RebootError of the phase, or the error itself where it is no failed call.
 */
export function explained(error: unknown, host: Host, phase: Phase): unknown {
  if (!(error instanceof SystemCallError)) return error;
  const { call, code: errno } = error;
  const cause = causes.find((each) => each.errno === errno && each.applies(host));
  return new RebootError(
    errno === 'EPERM' || errno === 'ENOMEM' || errno === 'EBUSY' ? errno : 'EIO',
    `${call}: ${errno}: ${cause?.what ?? 'the kernel refuses it'}`,
    cause?.hint ?? 'see dmesg',
    { phase, cause: error },
  );
}
