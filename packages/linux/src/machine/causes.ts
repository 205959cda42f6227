import { humanSize } from '../facts.ts';
import type { FindingId } from '../finding.ts';
import type { Host } from '../host.ts';
import { preflight } from '../preflight.ts';
import type { Attempt, Cause } from './cause.ts';

const isLocked = ({ lockdown }: Host): boolean => lockdown !== undefined && lockdown !== 'none';

/** What preflight has found to stand in the way; undefined where it has found nothing. */
const blockerOf = (host: Host, ...ids: readonly FindingId[]): string | undefined =>
  preflight(host).find(({ id, severity }) => severity === 'blocker' && ids.includes(id))?.what;

/** Linux takes at most half of the RAM that it manages, for a segment and for all of them (sanity_check_segment_list). */
const isTooMuch = ({ memTotal }: Host, { bytes }: Attempt): boolean =>
  memTotal !== undefined && bytes !== undefined && bytes > memTotal / 2n;

/** The linear map's tables are copied beside the segments; how much that is depends on the RAM alone. */
const tablesOf = ({ memTotal }: Host): string => (memTotal === undefined ? 'RAM/512' : humanSize(memTotal / 512n));

/** Why the kernel does not permit a load, whichever call was made. */
const notPermitted: readonly Cause[] = [
  {
    errno: 'EPERM',
    applies: ({ kexecLoadDisabled }) => kexecLoadDisabled === true,
    what: 'loading is switched off until the next boot (kernel.kexec_load_disabled is 1)',
    hint: 'nothing can switch it on again; boot the next kernel the slow way',
  },
  {
    errno: 'EPERM',
    call: 'kexec_load',
    applies: isLocked,
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
];

/** The causes of each errno, those with evidence first; the last of each applies where no other does. */
export const causes: readonly Cause[] = [
  ...notPermitted,
  {
    errno: 'ENOSYS',
    call: 'kexec_load',
    applies: () => true,
    what: 'the kernel has no kexec_load (CONFIG_KEXEC)',
    hint: 'use a kernel that has it',
  },
  {
    errno: 'EBUSY',
    applies: (host) => blockerOf(host, 'cpu-offline', 'protected-kvm') !== undefined,
    what: (host) => `${blockerOf(host, 'cpu-offline', 'protected-kvm')}: the kernel could not stop them and hand over`,
    hint: 'see kexeckit preflight',
  },
  {
    errno: 'EBUSY',
    applies: () => true,
    what: 'another process is loading or starting a kernel just now',
    hint: 'wait until it has ended, then try again',
  },
  {
    errno: 'EADDRNOTAVAIL',
    call: 'kexec_load',
    applies: ({ kexecCrashSize }, { bytes }) => kexecCrashSize === 0n && bytes === undefined,
    what: 'the kernel has no crash region',
    hint: 'boot it with crashkernel=, or choose another strategy',
  },
  {
    errno: 'EADDRNOTAVAIL',
    call: 'kexec_load',
    applies: () => true,
    what: 'a segment lies outside of where the kernel takes it',
    hint: 'the memory map has changed: plan again',
  },
  {
    errno: 'ENOMEM',
    applies: (_, { bytes }) => bytes !== undefined,
    what: (host, { bytes = 0n }) =>
      `the kernel has no memory for it: it keeps copies of the segments (${humanSize(bytes)}) and of its own page tables (${tablesOf(host)})`,
    hint: 'free some memory, or choose a strategy that loads in place',
  },
  {
    errno: 'ENOMEM',
    applies: () => true,
    what: 'the kernel has no memory for it',
    hint: 'free some memory, or choose a strategy that loads in place',
  },
  {
    errno: 'EINVAL',
    call: 'kexec_load',
    applies: isTooMuch,
    what: ({ memTotal = 0n }, { bytes = 0n }) =>
      `the segments take ${humanSize(bytes)}, and the kernel takes no more than half of its RAM, ${humanSize(memTotal / 2n)}`,
    hint: 'load a smaller initramfs, or choose a strategy whose pages the kernel does not count',
  },
  {
    errno: 'EINVAL',
    call: 'kexec_load',
    applies: () => true,
    what: 'the kernel refuses the segments: two overlap, or they are of another architecture',
    hint: 'compare the plan with /proc/iomem, and plan again',
  },
  {
    errno: 'EINVAL',
    call: 'reboot',
    applies: () => true,
    what: 'no image is loaded any more',
    hint: 'load one again',
  },
];
