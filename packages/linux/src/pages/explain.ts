import { phases, RebootError } from '@kexeckit/reboot';
import { LinuxError } from '../error.ts';
import { type Kernel, SystemCallError } from '../syscalls/kernel.ts';
import type { SystemCall } from '../syscalls/numbers.ts';

/** Why pages cannot be pinned, if it applies: with the evidence. */
interface Cause {
  readonly calls: readonly SystemCall[];
  readonly errno: string;
  /** What is wrong; undefined where the evidence speaks against it. */
  readonly what: (kernel: Kernel) => string | undefined;
  readonly hint: string;
}

const RING: readonly SystemCall[] = ['io_uring_setup', 'io_uring_register'];
const MEMORY: readonly SystemCall[] = ['mmap', 'madvise', 'mlock', ...RING];

/** The causes of each errno, those with evidence first; the last of each applies where no other does. */
const causes: readonly Cause[] = [
  {
    calls: RING,
    errno: 'EPERM',
    what: (kernel) => {
      const disabled = kernel.text('/proc/sys/kernel/io_uring_disabled')?.trim();
      return disabled === '1' || disabled === '2'
        ? `io_uring is switched off (kernel.io_uring_disabled is ${disabled})`
        : undefined;
    },
    hint: 'sysctl kernel.io_uring_disabled=0 for as long as the image is loaded, or choose another strategy',
  },
  {
    calls: RING,
    errno: 'EPERM',
    what: () => 'something keeps io_uring from this process: a seccomp filter, as containers and services have',
    hint: 'run it on the host itself, or choose another strategy',
  },
  {
    calls: RING,
    errno: 'EACCES',
    what: () => 'a security module keeps io_uring from this process',
    hint: 'see its log (SELinux: ausearch -m avc), or choose another strategy',
  },
  {
    calls: RING,
    errno: 'ENOSYS',
    what: () => 'the kernel has no io_uring (CONFIG_IO_URING), which pins pages for the long term',
    hint: 'choose another strategy',
  },
  {
    calls: ['mlock', 'io_uring_setup', 'io_uring_register'],
    errno: 'ENOMEM',
    what: (kernel) => limitOf(kernel),
    hint: 'run it as root on the host itself, or raise the limit: ulimit -l, LimitMEMLOCK=',
  },
  {
    calls: ['mlock'],
    errno: 'EPERM',
    what: (kernel) => limitOf(kernel) ?? 'this process may not lock memory',
    hint: 'run it as root on the host itself: that takes CAP_IPC_LOCK',
  },
  {
    calls: MEMORY,
    errno: 'ENOMEM',
    what: () => 'the kernel has no memory for pages of our own',
    hint: 'free some memory, or choose a strategy that loads in place',
  },
];

/** The limit of locked memory, where this process has one and not the capability that lifts it. */
function limitOf(kernel: Kernel): string | undefined {
  const limit = /^Max locked memory\s+(\d+)/m.exec(kernel.text('/proc/self/limits') ?? '')?.[1];
  const effective = /^CapEff:\s*([0-9a-f]{1,16})$/m.exec(kernel.text('/proc/self/status') ?? '')?.[1];
  const mayLock = effective !== undefined && (BigInt(`0x${effective}`) & CAP_IPC_LOCK) !== 0n;
  return limit === undefined || mayLock ? undefined : `this process may lock ${limit} bytes (RLIMIT_MEMLOCK)`;
}

const CAP_IPC_LOCK = 1n << 14n;

/** What a failure to lend pages means on this host. @returns an error in phase `plan`, or the error itself. */
export function pinningFailed(error: unknown, kernel: Kernel): unknown {
  if (error instanceof LinuxError && (error.code === 'EPERM' || error.code === 'EACCES'))
    return new RebootError('EPERM', error.message, error.hint, { phase: phases.plan, cause: error });
  if (!(error instanceof SystemCallError) || error.call === undefined) return error;
  const { call, code: errno } = error;
  const found = causes
    .filter((cause) => cause.errno === errno && cause.calls.includes(call))
    .map(({ what, hint }) => ({ what: what(kernel), hint }))
    .find(({ what }) => what !== undefined);
  const code = errno === 'EACCES' ? 'EPERM' : errno;
  return new RebootError(
    code === 'EPERM' || code === 'ENOMEM' ? code : 'EIO',
    `${call}: ${errno}: ${found?.what ?? 'the kernel refuses it'}`,
    found?.hint ?? 'see dmesg, or choose another strategy',
    { phase: phases.plan, cause: error },
  );
}

/** Locking more than there is does not fail: the kernel ends processes until it fits. @throws RebootError `ENOMEM` */
export function refuseTooMuch(kernel: Kernel, size: number): void {
  const kib = /^MemAvailable:\s*(\d+) kB$/m.exec(kernel.text('/proc/meminfo') ?? '')?.[1];
  if (kib === undefined || Number(kib) * 1024 >= size + RESERVE) return;
  throw new RebootError(
    'ENOMEM',
    `${mebibytes(size)} MiB more are needed for pages of our own, and ${mebibytes(Number(kib) * 1024)} MiB are available`,
    'free some memory, or choose a strategy that loads in place',
    { phase: phases.plan },
  );
}

/** What is left to the others: 32 MiB. */
const RESERVE = 32 << 20;

const mebibytes = (bytes: number): number => Math.floor(bytes / 2 ** 20);
