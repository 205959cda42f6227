import { getParameter } from '@kexeckit/cmdline';
import { parseFdt } from '@kexeckit/fdt';
import { rangeSize } from '@kexeckit/ioport';
import { halfOf, whyNoRegionNode } from '@kexeckit/relocation';
import type { Load } from '../../checks/check.ts';
import { crashRoom, elsewhereWords } from '../../crash-room.ts';
import { loadSize } from '../../estimate.ts';
import { humanSize, kexecCalls, memoryOrUndefined } from '../../facts.ts';
import { type Finding, seen, seenInCmdline } from '../../finding.ts';
import type { Host } from '../../host-values.ts';
import { tooFewCalls } from '../../load-limits.ts';
import type { Evidence } from '../../reading.ts';
import { keptRegion } from '../../region.ts';
import { UNLIMITED } from '../../values.ts';
import { hasIma, hasModule, wantsFile } from '../permission-causes.ts';

/** One thing that a route needs. */
export interface Condition {
  /** Undefined: what decides could not be read. */
  readonly holds: boolean | undefined;
  readonly says: string;
  readonly evidence: readonly Evidence[];
}

/** What a check found, as a condition. */
export const fromFinding = ({ severity, isKnown, what, evidence }: Finding): Condition => ({
  holds: severity === 'blocker' ? false : isKnown ? true : undefined,
  says: what,
  evidence,
});

/** A system call that loads kernels. */
export function systemCall(host: Host, call: 'kexec_load' | 'kexec_file_load'): Condition {
  const calls = kexecCalls(host);
  const holds = call === 'kexec_load' ? calls.kexecLoad : calls.kexecFileLoad;
  return {
    holds,
    says: told(
      holds,
      `the kernel has ${call}`,
      `the kernel has no ${call}`,
      `whether the kernel has ${call} is not known`,
    ),
    evidence: host.kexecCalls === undefined ? seen(host, 'kexecCalls', 'kexecLoaded') : seen(host, 'kexecCalls'),
  };
}

/** What refuses an image without a file, which kexec_load gives. Nothing is said where nothing does for certain. */
export function segmentsTaken(host: Host): Condition[] {
  if (hasIma(host) === true && wantsFile(host) === true)
    return [
      {
        holds: false,
        says: 'Secure Boot is on, and IMA takes no image without a file that it can check',
        evidence: seen(host, 'secureBoot', 'signatureRule', 'securityModules'),
      },
    ];
  const isOff = ['loadpin.enforce', 'loadpin.enabled'].some((name) => getParameter(host.cmdline ?? '', name) === '0');
  if (hasModule(host, 'loadpin') !== true || isOff) return [];
  const evidence = seen(host, 'securityModules');
  return [{ holds: false, says: 'LoadPin takes kernels from one file system only, and none without a file', evidence }];
}

/** A region for a crash kernel that holds the files. */
export function crashRegion(host: Host, load?: Load): Condition[] {
  const { size: room, isElsewhere, evidence: found } = crashRoom(host);
  const evidence = [...seenInCmdline(host, 'crashkernel'), ...found];
  if (room === undefined)
    return [{ holds: undefined, says: 'whether there is a region for a crash kernel is not known', evidence }];
  if (isElsewhere) return [{ holds: false, says: elsewhereWords(host), evidence }];
  if (room === 0n) return [{ holds: false, says: 'nothing is reserved for a crash kernel (crashkernel=)', evidence }];
  return fits(host, room, evidence, load);
}

function fits(host: Host, room: bigint, evidence: readonly Evidence[], load: Load | undefined): Condition[] {
  const { size, how, evidence: sized } = loadSize(host, load);
  const has = `the region has ${humanSize(room)}`;
  const holdsIt: Condition =
    size === undefined
      ? { holds: undefined, says: `${has}; how much is to be loaded is not known`, evidence: [...evidence, ...sized] }
      : { holds: size <= room, says: `${has}, ${how} take ${humanSize(size)}`, evidence: [...evidence, ...sized] };
  return [holdsIt, captureKernel(host, size === undefined ? undefined : 2n * size <= room)];
}

/** What becomes of a panic while a reboot is loaded: it never rules the route out. */
function captureKernel(host: Host, bothFit: boolean | undefined): Condition {
  const evidence = seen(host, 'kexecCrashLoaded');
  if (host.kexecCrashLoaded === false)
    return { holds: true, says: 'no capture kernel is loaded that would have to be kept', evidence };
  const has =
    host.kexecCrashLoaded === true ? 'a capture kernel is loaded' : 'whether a capture kernel is loaded is not known';
  const fit = bothFit === false ? ', and does not fit beside the next kernel: only with --no-capture-kernel' : '';
  return { holds: host.kexecCrashLoaded === true ? true : undefined, says: `${has}${fit}`, evidence };
}

/** What is loaded for a panic is lost by such a load, and has to be loaded again where that is undone. */
export function panicLimit(host: Host): Condition[] {
  const few = tooFewCalls(host, 'crash', host.kexecCrashLoaded !== false);
  return few === undefined ? [] : [{ holds: false, says: few, evidence: seen(host, 'kexecLimitPanic') }];
}

/** Pages of the process are pinned as buffers of io_uring. */
export function ioUring(host: Host): Condition[] {
  const isPrivileged = host.capabilities?.sysAdmin;
  const access = host.ioUringAccess;
  const allowed =
    access === undefined ? undefined : access === 'all' || (access === 'privileged' ? isPrivileged : false);
  return [
    {
      holds: host.ioUring,
      says: told(
        host.ioUring,
        'the kernel has io_uring',
        'the kernel has no io_uring',
        'whether the kernel has io_uring is not known',
      ),
      evidence: seen(host, 'ioUring'),
    },
    {
      holds: allowed,
      says: told(
        allowed,
        'io_uring may be used',
        'kernel.io_uring_disabled does not let this process use it',
        'who may use io_uring is not known',
      ),
      evidence: seen(host, 'ioUringAccess'),
    },
    {
      holds: host.seccomp === undefined ? undefined : host.seccomp ? undefined : true,
      says: told(
        host.seccomp,
        'system calls of this process are filtered (seccomp): io_uring may be among them',
        'no system call is filtered',
        'whether system calls are filtered is not known',
      ),
      evidence: seen(host, 'seccomp'),
    },
  ];
}

/** Frames of own pages are shown to who has CAP_SYS_ADMIN in the initial user namespace (pagemap.rst). */
export function pageFrames(host: Host): Condition {
  const parts = [host.pagemap, host.capabilities?.sysAdmin, host.initialNamespace];
  const holds = parts.includes(false) ? false : parts.includes(undefined) ? undefined : true;
  return {
    holds,
    says: told(
      holds,
      '/proc/self/pagemap shows frames',
      '/proc/self/pagemap shows no frames (CAP_SYS_ADMIN)',
      'whether /proc/self/pagemap shows frames is not known',
    ),
    evidence: seen(host, 'pagemap', 'capabilities', 'initialNamespace'),
  };
}

/** Pages for what a route keeps until the reboot. Nothing is said where there are enough, or nobody knows. @param beside bytes that others are left */
export function freeMemory(host: Host, load: Load | undefined, beside = 0): Condition[] {
  const { memAvailable } = host;
  const { size, how, evidence } = loadSize(host, load);
  if (memAvailable === undefined || size === undefined || size + BigInt(beside) <= memAvailable) return [];
  return [
    {
      holds: false,
      says: `${humanSize(memAvailable)} of memory are available, ${how} take ${humanSize(size)}`,
      evidence: [...seen(host, 'memAvailable'), ...evidence],
    },
  ];
}

/** The whole image is locked. */
export function lockedMemory(host: Host, load?: Load): Condition {
  const limit = host.memlockLimit;
  const { size } = loadSize(host, load);
  if (host.capabilities?.ipcLock === true)
    return { holds: true, says: 'memory can be locked without limit', evidence: seen(host, 'capabilities') };
  const evidence = seen(host, 'capabilities', 'memlockLimit');
  if (host.capabilities === undefined || limit === undefined || size === undefined)
    return {
      holds: limit === UNLIMITED ? true : undefined,
      says: 'how much memory may be locked is not known',
      evidence,
    };
  const most = limit === UNLIMITED ? 'any size' : humanSize(limit);
  return {
    holds: size <= limit,
    says: `this process may lock ${most} (RLIMIT_MEMLOCK), ${humanSize(size)} are needed`,
    evidence,
  };
}

/** Memory that no kernel uses is written through /dev/mem. */
export const devMem = (host: Host): Condition => {
  const refused = host.unread.devMem;
  return {
    holds: host.devMem ?? (refused === undefined || refused.code === 'ENODATA' ? undefined : false),
    says:
      host.devMem === true ? '/dev/mem can be opened' : `/dev/mem cannot be opened: ${refused?.reason ?? 'not tried'}`,
    evidence: seen(host, 'devMem'),
  };
};

/** Memory that Linux was told not to use: by a node of ours, or by `mem=`. */
export function reservedMemoryOf(host: Host, load?: Load): Condition {
  const { fdt } = host;
  const memory = memoryOrUndefined(host);
  if (fdt === undefined || memory === undefined || host.cmdline === undefined)
    return {
      holds: undefined,
      says: 'whether Linux was told to leave memory alone is not known',
      evidence: seen(host, 'fdt', 'iomem', 'cmdline'),
    };
  const region = keptRegion(host, memory, fdt);
  const evidence = [...seenInCmdline(host, 'mem'), ...seen(host, 'fdt', 'iomem')];
  if (region === undefined)
    return { holds: false, says: 'no memory was kept from Linux: by mem=, or by a node of ours (--reserve)', evidence };
  const kept = `${humanSize(rangeSize(region.range))} are kept: ${region.why}`;
  const untold = whyNoRegionNode(parseFdt(fdt));
  if (untold !== undefined)
    return { holds: false, says: `${kept}; the next kernel cannot be told of them: ${untold}`, evidence };
  const half = rangeSize(halfOf(region.range, 'lower'));
  const { size, how, evidence: sized } = loadSize(host, load);
  const all = [...evidence, ...sized];
  if (size === undefined)
    return { holds: undefined, says: `${kept}; how much is to be loaded is not known`, evidence: all };
  return size <= half
    ? { holds: true, says: kept, evidence: all }
    : {
        holds: false,
        says: `a half of what is kept has ${humanSize(half)}, ${how} take ${humanSize(size)}`,
        evidence: all,
      };
}

const told = (holds: boolean | undefined, yes: string, no: string, notKnown: string): string =>
  holds === undefined ? notKnown : holds ? yes : no;
