import { lacksKexec } from '../facts.ts';
import { blocker, type Finding, notKnown, ok, seen, warning } from '../finding.ts';
import type { Host, HostValues } from '../host-values.ts';
import { LIMIT_REMEDY, LIMIT_WHY, loadLimit, tooFewCalls } from '../load-limits.ts';
import type { ImageSlot } from '../syscalls/kexec.ts';
import { ON_HOST } from './check.ts';

const SLOTS: readonly ImageSlot[] = ['next', 'crash'];

/** How many loads are left. */
export function checkLoadLimits(host: Host): Finding | undefined {
  if (lacksKexec(host)) return undefined;
  const id = 'load-limits';
  const limits = SLOTS.map((slot) => loadLimit(host, slot));
  const limited = limits.filter(({ left }) => left !== undefined);
  const evidence = seen(host, ...limited.map(({ field }) => field));
  const few = tooFewCalls(host, 'next');
  if (few !== undefined) return blocker(id, few, LIMIT_WHY, LIMIT_REMEDY, evidence);
  const fewForPanic = host.kexecCrashSize === 0n ? undefined : tooFewCalls(host, 'crash', isKept(host));
  if (fewForPanic !== undefined)
    return warning(
      id,
      fewForPanic,
      LIMIT_WHY,
      `choose a strategy that leaves alone what a panic starts; ${LIMIT_REMEDY}`,
      evidence,
    );
  const hidden = limits.find(({ field }) => isHidden(host, field));
  if (hidden !== undefined) return notKnown(id, host, hidden.field, 'how many loads are left', ON_HOST);
  if (limited.length === 0)
    return ok(
      id,
      'loads are not counted',
      'as many can be loaded as one likes',
      seen(host, ...limits.map(({ field }) => field)),
    );
  return ok(id, limited.map(({ name, left }) => `${name} is ${left}`).join(', '), LIMIT_WHY, evidence);
}

/** What is loaded for a panic now has to be loaded again, when a reboot through its region is undone. */
const isKept = ({ kexecCrashLoaded }: Host): boolean => kexecCrashLoaded !== false;

/** Kernels before 6.3 have no such file. */
const isHidden = (host: Host, field: keyof HostValues): boolean =>
  host[field] === undefined && (host.unread[field]?.code !== 'ENOENT' || host.kexecLoaded === undefined);
