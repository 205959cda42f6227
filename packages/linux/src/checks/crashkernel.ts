import {
  ARM64_DEFAULT_LOW,
  type CrashkernelExplanation,
  type CrashkernelOptions,
  explainCrashkernel,
  formatSize,
  getParameter,
} from '@kexeckit/cmdline';
import { strategies } from '@kexeckit/relocation/strategies';
import { crashRegionLines } from '../crash-room.ts';
import { humanSize, isBefore, kernelVersion, lacksKexec, ramSize, type Version } from '../facts.ts';
import { type Finding, notKnown, ok, seen, seenInCmdline, warning } from '../finding.ts';
import type { Host } from '../host-values.ts';
import { ON_HOST } from './check.ts';

/** The strategies that load into the crash kernel's region. */
const inCrashRegion = strategies
  .filter(({ region }) => region === 'crashkernel')
  .map(({ name }) => name)
  .join(' or ');

/** What the kernel made of `crashkernel=`. */
export function checkCrashkernel(host: Host): Finding | undefined {
  const id = 'crashkernel';
  const why = `no crash dumps, and strategy ${inCrashRegion} has no region`;
  if (lacksKexec(host)) return undefined;
  const size = seen(host, 'kexecCrashSize');
  if (host.kexecCrashSize === undefined) {
    if (host.unread.kexecCrashSize?.code === 'ENOENT' && host.kexecLoaded !== undefined) {
      return ok(id, 'this kernel cannot load crash kernels', why, size);
    }
    return notKnown(id, host, 'kexecCrashSize', 'whether memory is reserved for a crash kernel', ON_HOST);
  }
  const asked = seenInCmdline(host, 'crashkernel');
  if (host.kexecCrashSize > 0n) {
    const state = host.kexecCrashLoaded === true ? 'a crash kernel is loaded' : 'no crash kernel is loaded';
    return ok(
      id,
      `${humanSize(host.kexecCrashSize)} are reserved for a crash kernel; ${state}`,
      `strategy ${inCrashRegion} can borrow the region: the next kernel starts there without being moved`,
      [...asked, ...size, ...seen(host, 'kexecCrashLoaded'), ...crashRegionLines(host)],
    );
  }
  const explanation = explainFor(host, host.cmdline ?? '');
  if (asked.length === 0 && explanation.occurrences.length === 0 && explanation.findings.length === 0)
    return ok(id, 'nothing is reserved for a crash kernel', why, [...seen(host, 'cmdline'), ...size]);
  return warning(
    id,
    'the command line has crashkernel=, but nothing is reserved',
    whyNotReserved(explanation),
    adviceOf(host, explanation),
    [...(asked.length === 0 ? seen(host, 'cmdline') : asked), ...size],
  );
}

/** The whole line is read as the running kernel reads it. */
const explainFor = (host: Host, line: string): CrashkernelExplanation =>
  explainCrashkernel(line, ramSize(host), readingOf(kernelVersion(host)));

const KNOWS_HIGH: Version = [5, 15];

/** What distributions reserve on arm64, from the size on where it pays. */
const USUAL = '1G-4G:256M,4G-64G:320M,64G-:576M';

/**
 * From which version on arm64 kernels know `,high` and `,low`, have a default for `,low`, and know `,cma`. 5.10, 6.1, 6.12 and 7.3 were
 * measured; where between them it changed is not known for certain.
 */
function readingOf(version: Version | undefined): CrashkernelOptions {
  if (version === undefined || !isBefore(version, [7, 3])) return {};
  if (isBefore(version, KNOWS_HIGH)) return { kernel: '6.1', mode: 'legacy' };
  if (isBefore(version, [6, 7])) return { kernel: '6.1' };
  if (isBefore(version, [6, 17])) return { kernel: '6.1', defaultLow: ARM64_DEFAULT_LOW };
  return { kernel: '7.1', mode: isBefore(version, [7, 1]) ? 'generic-nocma' : 'generic' };
}

function whyNotReserved({ verdict, summary, findings }: CrashkernelExplanation): string {
  const [worst] = [...findings.filter(({ severity }) => severity === 'error'), ...findings];
  if (verdict.ret !== 0) return worst === undefined ? summary : `${summary}; ${worst.linux}`;
  return `as it stands it ${summary}, but the kernel found no room for that, or the region was given back`;
}

/** The line mended, where that reserves something here; else what to write, or to look for. */
function adviceOf(host: Host, { fixed, verdict }: CrashkernelExplanation): string {
  const dmesg = 'look for crashkernel in dmesg';
  if (verdict.ret === 0 && verdict.base !== 0n)
    return `${dmesg}; leave out the offset, so that Linux finds a place: crashkernel=${formatSize(verdict.size)}`;
  if (verdict.ret === 0) {
    const version = kernelVersion(host);
    const knowsHigh = version !== undefined && !isBefore(version, KNOWS_HIGH) && !verdict.high;
    return `${dmesg}; ask for less (${formatSize(verdict.size / 2n)})${knowsHigh ? ', or for ,high' : ''}`;
  }
  const value = getParameter(fixed, 'crashkernel');
  const isMended = explainFor(host, fixed).verdict.ret === 0;
  return `write crashkernel=${isMended && typeof value === 'string' ? value : USUAL}`;
}
