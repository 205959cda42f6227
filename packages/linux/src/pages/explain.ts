import { phases, RebootError } from '@kexeckit/reboot';
import { LinuxError } from '../error.ts';
import { decided, type Verdict } from '../machine/cause.ts';
import { COMMIT_HINT, commitWords, isOvercommitted, OWN_LIMIT, OWN_LIMIT_HINT } from '../machine/own-limits.ts';
import { type Kernel, SystemCallError } from '../syscalls/kernel.ts';
import type { SystemCall } from '../syscalls/numbers.ts';

/** Why pages cannot be pinned. */
interface Cause {
  readonly calls: readonly SystemCall[];
  readonly errno: string;
  readonly applies: (kernel: Kernel) => Verdict;
  readonly what: string | ((kernel: Kernel) => string);
  readonly hint: string;
}

const RING: readonly SystemCall[] = ['io_uring_setup', 'io_uring_register'];
const MEMORY: readonly SystemCall[] = ['mmap', 'madvise', 'mlock', ...RING];
const AS_ROOT = 'run it as root on the host itself, or raise the limit: ulimit -l, LimitMEMLOCK=';

/** The causes of each errno, the likeliest first. */
const causes: readonly Cause[] = [
  {
    calls: RING,
    errno: 'EPERM',
    applies: (kernel) => {
      const disabled = disabledOf(kernel);
      if (disabled === '1') return hasCapability(kernel, CAP_SYS_ADMIN) === false;
      return disabled === undefined ? undefined : disabled === '2';
    },
    what: (kernel) => `io_uring is switched off (kernel.io_uring_disabled is ${disabledOf(kernel) ?? 'not known'})`,
    hint: 'sysctl kernel.io_uring_disabled=0 for as long as the image is loaded, or choose another strategy',
  },
  {
    calls: RING,
    errno: 'EPERM',
    applies: (kernel) => {
      const mode = /^Seccomp:\s*([012])$/m.exec(kernel.text('/proc/self/status') ?? '')?.[1];
      return mode === undefined ? undefined : mode !== '0';
    },
    what: 'a seccomp filter keeps io_uring from this process, as containers and services have',
    hint: 'run it on the host itself, or choose another strategy',
  },
  {
    calls: RING,
    errno: 'EPERM',
    applies: () => undefined,
    what: 'a security module keeps io_uring from this process',
    hint: 'see the audit log, or choose another strategy',
  },
  {
    calls: RING,
    errno: 'EACCES',
    applies: () => true,
    what: 'a security module keeps io_uring from this process',
    hint: 'see its log (SELinux: ausearch -m avc), or choose another strategy',
  },
  {
    calls: RING,
    errno: 'ENOSYS',
    applies: () => true,
    what: 'the kernel has no io_uring (CONFIG_IO_URING), which pins pages for the long term, or a filter hides it',
    hint: 'choose another strategy',
  },
  {
    calls: ['mlock', ...RING],
    errno: 'ENOMEM',
    // A limit that is there may be large enough.
    applies: (kernel) => (hasCapability(kernel, CAP_IPC_LOCK) || limitOf(kernel) === undefined ? false : undefined),
    what: (kernel) => limitWords(kernel),
    hint: AS_ROOT,
  },
  {
    calls: ['mlock'],
    errno: 'EPERM',
    applies: () => true,
    what: (kernel) => (limitOf(kernel) === undefined ? 'this process may not lock memory' : limitWords(kernel)),
    hint: 'run it as root on the host itself: that takes CAP_IPC_LOCK',
  },
  {
    calls: ['mmap'],
    errno: 'ENOMEM',
    applies: isOvercommitted,
    what: commitWords,
    hint: COMMIT_HINT,
  },
  {
    calls: MEMORY,
    errno: 'ENOMEM',
    applies: () => undefined,
    what: 'the kernel has no memory for pages of our own',
    hint: 'free some memory, or choose a strategy that loads in place',
  },
  {
    calls: ['mmap', 'madvise', 'mlock'],
    errno: 'ENOMEM',
    applies: () => undefined,
    what: OWN_LIMIT,
    hint: OWN_LIMIT_HINT,
  },
  {
    calls: ['mmap'],
    errno: 'EAGAIN',
    applies: () => true,
    what: (kernel) => `what this process maps is locked at once (mlockall): ${limitWords(kernel)}`,
    hint: AS_ROOT,
  },
  {
    calls: ['io_uring_setup'],
    errno: 'EMFILE',
    applies: () => true,
    what: 'this process has as many files open as it may (RLIMIT_NOFILE)',
    hint: 'raise the limit: ulimit -n, LimitNOFILE=',
  },
  {
    calls: ['io_uring_setup'],
    errno: 'ENFILE',
    applies: () => true,
    what: 'as many files are open on this host as may be (fs.file-max)',
    hint: 'raise it: sysctl fs.file-max, or end what has opened them',
  },
  {
    calls: ['io_uring_register'],
    errno: 'EFAULT',
    applies: () => undefined,
    what: 'the kernel could not pin the pages: one could not be brought into memory',
    hint: 'free some memory, see dmesg, or choose another strategy',
  },
  {
    calls: ['io_uring_register'],
    errno: 'EOPNOTSUPP',
    applies: () => true,
    what: 'the kernel pins no pages of this kind for the long term: they are those of a file',
    hint: 'choose another strategy, and report it: the pages should be anonymous',
  },
  {
    // Out of memory while faulting pages in, by the name that POSIX has for it.
    calls: ['mlock'],
    errno: 'EAGAIN',
    applies: () => true,
    what: 'the kernel has no memory for pages of our own, or the control group has reached its limit (memory.max)',
    hint: 'free some memory, raise the limit, or choose a strategy that loads in place',
  },
];

const disabledOf = (kernel: Kernel): string | undefined => kernel.text('/proc/sys/kernel/io_uring_disabled')?.trim();

/** Bytes that this process may lock; undefined for any number, or where that is not known. */
const limitOf = (kernel: Kernel): string | undefined =>
  /^Max locked memory\s+(\d+)/m.exec(kernel.text('/proc/self/limits') ?? '')?.[1];

const limitWords = (kernel: Kernel): string =>
  `this process may lock ${limitOf(kernel) ?? 'few'} bytes (RLIMIT_MEMLOCK), and has no CAP_IPC_LOCK`;

const CAP_IPC_LOCK = 1n << 14n;
const CAP_SYS_ADMIN = 1n << 21n;

function hasCapability(kernel: Kernel, capability: bigint): boolean | undefined {
  const effective = /^CapEff:\s*([0-9a-f]{1,16})$/m.exec(kernel.text('/proc/self/status') ?? '')?.[1];
  return effective === undefined ? undefined : (BigInt(`0x${effective}`) & capability) !== 0n;
}

/** What a failure to lend pages means on this host. @returns an error in phase `plan`, or the error itself. */
export function pinningFailed(error: unknown, kernel: Kernel): unknown {
  if (error instanceof LinuxError && (error.code === 'EPERM' || error.code === 'EACCES'))
    return new RebootError('EPERM', error.message, error.hint, { phase: phases.plan, cause: error });
  if (!(error instanceof SystemCallError) || error.call === undefined) return error;
  const { call, code: errno } = error;
  const found = decided(
    causes
      .filter((cause) => cause.errno === errno && cause.calls.includes(call))
      .map(({ applies, what, hint }) => ({
        verdict: applies(kernel),
        what: typeof what === 'function' ? what(kernel) : what,
        hint,
      })),
  );
  const code = errno === 'EACCES' ? 'EPERM' : errno === 'EAGAIN' && call === 'mlock' ? 'ENOMEM' : errno;
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
export const RESERVE: number = 32 << 20;

const mebibytes = (bytes: number): number => Math.floor(bytes / 2 ** 20);
