import { phases, RebootError } from '@kexeckit/reboot';
import type { Host } from '../../host.ts';
import { SystemCallError } from '../../syscalls/kernel.ts';
import { explained } from '../explain.ts';

/** Why /dev/mem is refused, if it applies here. */
interface Cause {
  readonly call: 'openat' | 'mmap' | 'mprotect';
  readonly errno: string;
  readonly applies: (host: Host) => boolean;
  readonly what: string;
  readonly hint: string;
}

const anywhere = (): boolean => true;

/** Those with evidence first; the last of each applies where no other does. */
const causes: readonly Cause[] = [
  {
    call: 'openat',
    errno: 'EACCES',
    applies: anywhere,
    what: 'this process may not open /dev/mem',
    hint: 'run it as root',
  },
  {
    call: 'openat',
    errno: 'EPERM',
    applies: ({ lockdown }) => lockdown !== undefined && lockdown !== 'none',
    what: 'the kernel is locked down, and opens /dev/mem for nobody',
    hint: 'see /sys/kernel/security/lockdown; boot with lockdown off, or choose another strategy',
  },
  {
    call: 'openat',
    errno: 'EPERM',
    applies: anywhere,
    what: 'this process has no CAP_SYS_RAWIO for /dev/mem',
    hint: 'run it as root on the host, not in a container',
  },
  {
    call: 'openat',
    errno: 'ENOENT',
    applies: anywhere,
    what: 'there is no /dev/mem: the kernel has none (CONFIG_DEVMEM), or /dev was made without it',
    hint: 'mknod /dev/mem c 1 1, or choose another strategy',
  },
  {
    call: 'openat',
    errno: 'ENXIO',
    applies: anywhere,
    what: 'the kernel has no /dev/mem (CONFIG_DEVMEM)',
    hint: 'choose another strategy',
  },
  {
    call: 'mmap',
    errno: 'EPERM',
    applies: anywhere,
    what: 'the kernel takes the memory of the region for its own System RAM, and shows that to nobody (CONFIG_STRICT_DEVMEM)',
    hint: 'compare /proc/iomem with the plan, and plan again',
  },
  {
    call: 'mprotect',
    errno: 'EACCES',
    applies: anywhere,
    what: 'a security module forbids this process code of its own, which cleans the caches',
    hint: 'see the audit log; run it unconfined, or choose another strategy',
  },
];

/** As `explained`, for what /dev/mem is asked for. */
export function devMemExplained(error: unknown, host: Host): unknown {
  if (!(error instanceof SystemCallError)) return error;
  const cause = causes.find(({ call, errno, applies }) => call === error.call && errno === error.code && applies(host));
  if (cause === undefined) return explained(error, host, phases.stage);
  const code = error.code === 'EPERM' || error.code === 'EACCES' ? 'EPERM' : 'ENODEV';
  return new RebootError(code, `${cause.call}: ${cause.errno}: ${cause.what}`, cause.hint, {
    phase: phases.stage,
    cause: error,
  });
}
