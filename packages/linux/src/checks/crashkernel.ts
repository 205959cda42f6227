import { formatSize } from '@kexeckit/cmdline';
import { strategies } from '@kexeckit/relocation/strategies';
import { crashRegionLines } from '../crash-room.ts';
import { adviceOn } from '../crashkernel/advice.ts';
import { adviceSize, crashEstimate, regionNeed } from '../crashkernel/estimate.ts';
import { insteadOf, judge } from '../crashkernel/judge.ts';
import { guessWords, kernelWords } from '../crashkernel/kernel.ts';
import { explainFor, landingWords, requestOf } from '../crashkernel/landing.ts';
import { humanSize, lacksKexec } from '../facts.ts';
import { type Finding, notKnown, ok, seen, seenInCmdline, warning } from '../finding.ts';
import type { Host } from '../host-values.ts';
import { type Load, ON_HOST } from './check.ts';

/** The strategies that load into the crash kernel's region. */
const inCrashRegion = strategies
  .filter(({ region }) => region === 'crashkernel')
  .map(({ name }) => name)
  .join(' or ');

const ID = 'crashkernel';
const WITHOUT = `no crash dumps, and strategy ${inCrashRegion} has no region`;

/** What the kernel made of `crashkernel=`. */
export function checkCrashkernel(host: Host, load?: Load): Finding | undefined {
  if (lacksKexec(host)) return undefined;
  const size = seen(host, 'kexecCrashSize');
  if (host.kexecCrashSize === undefined) {
    if (host.unread.kexecCrashSize?.code === 'ENOENT' && host.kexecLoaded !== undefined) {
      return ok(ID, 'this kernel cannot load crash kernels', WITHOUT, size);
    }
    return notKnown(ID, host, 'kexecCrashSize', 'whether memory is reserved for a crash kernel', ON_HOST);
  }
  return host.kexecCrashSize > 0n ? reserved(host, host.kexecCrashSize) : notReserved(host, load);
}

function reserved(host: Host, size: bigint): Finding {
  const state = host.kexecCrashLoaded === true ? 'a crash kernel is loaded' : 'no crash kernel is loaded';
  return ok(
    ID,
    `${humanSize(size)} are reserved for a crash kernel; ${state}`,
    `strategy ${inCrashRegion} can borrow the region: the next kernel starts there without being moved`,
    [
      ...seenInCmdline(host, 'crashkernel'),
      ...seen(host, 'kexecCrashSize', 'kexecCrashLoaded'),
      ...crashRegionLines(host),
      ...kernelWords(host),
    ],
  );
}

function notReserved(host: Host, load?: Load): Finding {
  const asked = seenInCmdline(host, 'crashkernel');
  const size = seen(host, 'kexecCrashSize');
  const explanation = explainFor(host, host.cmdline ?? '');
  if (asked.length === 0 && explanation.occurrences.length === 0 && explanation.findings.length === 0)
    return ok(ID, 'nothing is reserved for a crash kernel', `${WITHOUT}${wouldBe(host, load)}`, [
      ...seen(host, 'cmdline'),
      ...size,
    ]);
  const { why, todo } = adviceOn(host, explanation, load);
  return warning(ID, 'the command line has crashkernel=, but nothing is reserved', why, todo, [
    ...(asked.length === 0 ? seen(host, 'cmdline') : asked),
    ...size,
    ...kernelWords(host),
  ]);
}

/** What one would reserve here, and where the next boot would put it. */
function wouldBe(host: Host, load?: Load): string {
  const size = adviceSize(host, load);
  if (size === undefined || crashEstimate(host) === undefined) return '';
  const line = `crashkernel=${formatSize(size)}`;
  const { landing, outcome, verdict } = judge(host, line);
  if (landing === undefined) return '';
  const instead = outcome === 'no room' ? `; ${insteadOf(host, requestOf(verdict))}` : '';
  const { ask } = regionNeed(host, load);
  return `; ${line} is what a kernel like the running one wants: ${landingWords(landing)}${instead}${guessWords(host)}; strategy ${inCrashRegion} wants ${humanSize(ask)} of it, for the next kernel and one for a panic`;
}
