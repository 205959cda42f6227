import { phases, RebootError } from '@kexeckit/reboot';
import type { Host } from '../../host.ts';
import { SystemCallError } from '../../syscalls/kernel.ts';
import { type Cause, candidatesOf, decided, type Verdict } from '../cause.ts';
import { explained } from '../explain.ts';

const isLocked = ({ lockdown }: Host): Verdict => (lockdown === undefined ? undefined : lockdown !== 'none');

/** Why /dev/mem is refused: in the order in which the kernel asks. */
const causes: readonly Cause[] = [
  {
    calls: ['openat'],
    errno: 'EACCES',
    applies: () => undefined,
    what: 'this process may not open /dev/mem by its owner and mode',
    hint: 'run it as root',
  },
  {
    calls: ['openat'],
    errno: 'EACCES',
    applies: ({ securityModules }) =>
      securityModules?.some((name) => MANDATORY.includes(name)) === false ? false : undefined,
    what: 'a security module forbids this process /dev/mem',
    hint: 'see the audit log; run it unconfined, or choose another strategy',
    fields: ['securityModules'],
  },
  {
    calls: ['openat'],
    errno: 'EPERM',
    applies: ({ capabilities }) => (capabilities === undefined ? undefined : !capabilities.sysRawio),
    what: 'this process has no CAP_SYS_RAWIO for /dev/mem',
    hint: 'run it as root on the host, not in a container',
    fields: ['capabilities'],
  },
  {
    calls: ['openat'],
    errno: 'EPERM',
    applies: isLocked,
    what: 'the kernel is locked down, and opens /dev/mem for nobody',
    hint: 'boot with lockdown off, or choose another strategy',
    fields: ['lockdown'],
  },
  {
    calls: ['openat'],
    errno: 'EPERM',
    applies: () => undefined,
    what: 'the control group of this process, as containers and services have one, has no /dev/mem among its devices',
    hint: 'run it on the host itself (DeviceAllow=), or choose another strategy',
  },
  {
    calls: ['openat'],
    errno: 'ENOENT',
    applies: () => true,
    what: 'there is no /dev/mem: the kernel has none (CONFIG_DEVMEM), or /dev was made without it',
    hint: 'mknod /dev/mem c 1 1, or choose another strategy',
  },
  {
    calls: ['openat'],
    errno: 'ENXIO',
    applies: () => true,
    what: 'the kernel has no /dev/mem (CONFIG_DEVMEM)',
    hint: 'choose another strategy',
  },
  {
    calls: ['mmap'],
    errno: 'EPERM',
    applies: () => true,
    what: 'the kernel takes the memory of the region for its own System RAM, and shows that to nobody (CONFIG_STRICT_DEVMEM)',
    hint: 'compare /proc/iomem with the plan, and plan again',
  },
  {
    calls: ['mprotect'],
    errno: 'EACCES',
    applies: () => true,
    what: 'a security module forbids this process code of its own, which cleans the caches',
    hint: 'see the audit log; run it unconfined, or choose another strategy',
    fields: ['securityModules'],
  },
];

/** The modules that answer with EACCES where a rule of theirs is in the way. */
const MANDATORY = ['selinux', 'apparmor', 'smack', 'tomoyo', 'landlock', 'bpf'];

/** As `explained`, for what /dev/mem is asked for. */
export function devMemExplained(error: unknown, host: Host): unknown {
  if (!(error instanceof SystemCallError)) return error;
  const cause = decided(candidatesOf(causes, { call: error.call, errno: error.code }, host));
  if (cause === undefined) return explained(error, host, phases.stage);
  const code = error.code === 'EPERM' || error.code === 'EACCES' ? 'EPERM' : 'ENODEV';
  return new RebootError(code, `${error.call}: ${error.code}: ${cause.what}`, cause.hint, {
    phase: phases.stage,
    cause: error,
  });
}
