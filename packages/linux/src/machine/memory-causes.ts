import { humanSize, isArm64, isBefore, kernelVersion } from '../facts.ts';
import type { Host } from '../host.ts';
import type { SystemCall } from '../syscalls/numbers.ts';
import type { Attempt, Cause, Verdict } from './cause.ts';
import { COMMIT_HINT, OWN_LIMIT, OWN_LIMIT_HINT } from './own-limits.ts';

const LOADS: readonly SystemCall[] = ['kexec_load', 'kexec_file_load'];

/** What the kernel takes for itself beside the copies: its tables, from 5.16 on a copy of those of the linear map. */
function tablesOf(host: Host): bigint {
  const version = kernelVersion(host);
  const copies = isArm64(host) === true && version !== undefined && !isBefore(version, [5, 16]);
  return copies && host.memTotal !== undefined ? host.memTotal / 512n : 0n;
}

const neededBy = (host: Host, { bytes = 0n, slot }: Attempt): bigint =>
  slot === 'crash' ? LITTLE : bytes + tablesOf(host);

/** What any call takes: its tables of segments, a control page. */
const LITTLE = 1n << 20n;

/** Whether the memory that is available is too little. */
function isShort(host: Host, attempted: Attempt): Verdict {
  return host.memAvailable === undefined ? undefined : host.memAvailable < neededBy(host, attempted) + LITTLE;
}

/** What a load for a reboot takes, in words. */
function copiesOf(host: Host, attempted: Attempt): string {
  const { bytes } = attempted;
  const tables = tablesOf(host);
  const parts = [
    bytes === undefined ? 'of what is loaded' : `of the segments (${humanSize(bytes)})`,
    ...(tables === 0n ? [] : [`of its own page tables (${humanSize(tables)})`]),
  ];
  return `it keeps copies ${parts.join(' and ')}`;
}

const isForCrash = ({ slot, unloads }: Attempt): boolean => slot === 'crash' && unloads !== true;
const isForNext = ({ slot = 'next', unloads }: Attempt): boolean => slot === 'next' && unloads !== true;

/** Why there is no memory. */
export const memoryCauses: readonly Cause[] = [
  {
    errno: 'ENOMEM',
    calls: LOADS,
    applies: (host, attempted) => (isForNext(attempted) ? isShort(host, attempted) : false),
    what: (host, attempted) => `the kernel has no memory for it: ${copiesOf(host, attempted)}`,
    hint: 'free some memory, or choose a strategy that loads in place',
    fields: ['memAvailable'],
  },
  {
    errno: 'ENOMEM',
    calls: LOADS,
    // There is enough of it, or that is not known.
    applies: (host, attempted) => (isForNext(attempted) && isShort(host, attempted) !== true ? undefined : false),
    what: (host, attempted) =>
      `the kernel finds no free pages where it may have them, outside of where the segments go: ${copiesOf(host, attempted)}`,
    hint: 'try again, after echo 1 > /proc/sys/vm/compact_memory',
    fields: ['memAvailable'],
  },
  {
    errno: 'ENOMEM',
    calls: LOADS,
    applies: (_, attempted) => (isForCrash(attempted) ? undefined : false),
    what: 'the crash region has no room for the pages that the kernel needs there beside the segments',
    hint: 'reserve more (crashkernel=), or load a smaller initramfs',
    fields: ['kexecCrashSize'],
  },
  {
    errno: 'ENOMEM',
    calls: LOADS,
    applies: (host, attempted) => (isForNext(attempted) ? false : isShort(host, attempted)),
    what: 'the kernel has no memory for the call itself',
    hint: 'free some memory',
    fields: ['memAvailable'],
  },
  {
    errno: 'ENOMEM',
    calls: ['mmap', 'mlock', 'madvise', 'mprotect'],
    applies: ({ memAvailable }, { bytes }) =>
      memAvailable === undefined || bytes === undefined ? undefined : memAvailable < bytes,
    what: 'the kernel has no memory for what this process hands it',
    hint: 'free some memory, or load a smaller initramfs',
    fields: ['memAvailable'],
  },
  {
    errno: 'ENOMEM',
    calls: ['mmap', 'mprotect'],
    applies: () => undefined,
    what: 'the kernel promises no more memory than it has (vm.overcommit_memory=2, CommitLimit in /proc/meminfo)',
    hint: COMMIT_HINT,
  },
  {
    errno: 'ENOMEM',
    calls: ['mmap', 'mlock', 'madvise', 'mprotect'],
    applies: () => undefined,
    what: OWN_LIMIT,
    hint: OWN_LIMIT_HINT,
  },
];
