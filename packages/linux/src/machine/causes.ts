import { humanSize } from '../facts.ts';
import type { FindingId } from '../finding.ts';
import type { Host } from '../host.ts';
import { preflight } from '../preflight.ts';
import type { SystemCall } from '../syscalls/numbers.ts';
import type { Attempt, Cause, Verdict } from './cause.ts';

const LOADS: readonly SystemCall[] = ['kexec_load', 'kexec_file_load'];

/** What keeps Linux from stopping its CPUs, as preflight has found it. */
const STUCK: readonly FindingId[] = ['cpu-offline', 'protected-kvm'];

/** Linux refuses a load for a reboot where CPUs cannot be stopped, and no other call (machine_kexec_prepare). */
function areCpusStuck(host: Host, { slot = 'next', unloads }: Attempt): Verdict {
  if (slot !== 'next' || unloads) return false;
  const found = preflight(host).filter(({ id }) => STUCK.includes(id));
  if (found.some(({ severity }) => severity === 'blocker')) return true;
  const { cpusPossible, cpusOnline } = host;
  const areAllOn = cpusPossible !== undefined && cpusPossible === cpusOnline;
  // One that never came up may be stuck on its way.
  return found.some(({ isKnown }) => !isKnown) || !areAllOn ? undefined : false;
}

function stuckWords(host: Host): string {
  const found = preflight(host).find(({ id, severity }) => STUCK.includes(id) && severity === 'blocker');
  if (found !== undefined) return `${found.what}: the kernel could not stop them and hand over`;
  return 'a CPU does not answer, or cannot be stopped: the kernel could not hand over';
}

/** Linux takes at most half of the RAM that it manages, for a segment and for all of them (sanity_check_segment_list). */
export const isTooMuch = ({ memTotal }: Host, { bytes }: Attempt): Verdict =>
  memTotal === undefined || bytes === undefined ? undefined : bytes > memTotal / 2n;

/** The same in words. */
export function tooMuchWords({ memTotal }: Host, { bytes, files }: Attempt): string {
  const what = files === undefined ? 'the segments' : 'the files';
  const take = bytes === undefined ? 'are too much' : `take ${humanSize(bytes)}`;
  const half = memTotal === undefined ? '' : `, ${humanSize(memTotal / 2n)}`;
  return `${what} ${take}: the kernel takes no more than half of its RAM${half}`;
}

/** The causes of what is no matter of permissions, files or memory. */
export const causes: readonly Cause[] = [
  {
    errno: 'ENOSYS',
    calls: ['kexec_load'],
    applies: ({ kexecCalls }) => (kexecCalls?.kexecLoad === undefined ? undefined : !kexecCalls.kexecLoad),
    what: 'the kernel has no kexec_load (CONFIG_KEXEC)',
    hint: 'use a kernel that has it',
    fields: ['kexecCalls'],
  },
  {
    errno: 'EBUSY',
    calls: LOADS,
    applies: areCpusStuck,
    what: stuckWords,
    hint: 'see kexeckit doctor, and dmesg for CPUs that are stuck',
    fields: ['cpusPossible', 'cpusOnline'],
  },
  {
    errno: 'EBUSY',
    applies: (host, attempted) => (areCpusStuck(host, attempted) === true ? false : undefined),
    what: 'another process is loading or starting a kernel just now, or CPUs or memory are being plugged',
    hint: 'wait until it has ended, then try again',
  },
  {
    errno: 'EADDRNOTAVAIL',
    calls: ['kexec_load'],
    applies: ({ kexecCrashSize }, { slot }) => kexecCrashSize === 0n && slot === 'crash',
    what: 'the kernel has no crash region',
    hint: 'boot it with crashkernel=, or choose another strategy',
    fields: ['kexecCrashSize'],
  },
  {
    errno: 'EADDRNOTAVAIL',
    calls: ['kexec_load'],
    applies: ({ kexecCrashSize }, { slot }) => (kexecCrashSize === 0n && slot === 'crash' ? false : undefined),
    what: (_, { slot }) =>
      slot === 'crash'
        ? 'a segment lies outside of the crash region that the kernel loads into'
        : 'a segment lies outside of where the kernel takes it, or is not whole pages',
    hint: 'the memory map has changed: plan again',
  },
  {
    errno: 'EINVAL',
    calls: ['kexec_load'],
    applies: isTooMuch,
    what: tooMuchWords,
    hint: 'load a smaller initramfs, or choose a strategy whose pages the kernel does not count',
    fields: ['memTotal'],
  },
  {
    errno: 'EINVAL',
    calls: ['kexec_load'],
    applies: () => undefined,
    what: 'the kernel refuses the segments: two overlap, or they are of another architecture',
    hint: 'compare the plan with /proc/iomem, and plan again',
  },
  {
    errno: 'EINVAL',
    calls: ['reboot'],
    applies: ({ kexecLoaded }) => (kexecLoaded === false ? true : undefined),
    what: 'no image is loaded any more',
    hint: 'load one again',
    fields: ['kexecLoaded'],
  },
  {
    errno: 'EINVAL',
    calls: ['reboot'],
    applies: ({ kexecLoaded }) => (kexecLoaded === false ? false : undefined),
    what: 'this process is in a PID namespace of its own, from where no other kernel is started',
    hint: 'run it on the host itself, not in a container',
  },
];
