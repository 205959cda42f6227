import { phases, RebootError } from '@kexeckit/reboot';
import type { Load } from '../checks/check.ts';
import type { Finding, FindingId } from '../finding.ts';
import { unloadDeadAlone } from '../holder/ask.ts';
import { busyHolding, otherHolder } from '../holder/record.ts';
import type { Host } from '../host-values.ts';
import { preflight } from '../preflight.ts';
import type { Kernel } from '../syscalls/kernel.ts';

/** Who places the segments of a load: a plan of ours, or the running kernel, which is given files. */
export type PlacedBy = 'plan' | 'kernel';

/** What preflight finds, and stands in the way of the other load only; where a plan's segments go it has found itself. */
const NOT_ITS: Readonly<Record<PlacedBy, readonly FindingId[]>> = {
  plan: ['memory-hole'],
  kernel: ['architecture', 'memory-map', 'memory-hole', 'page-size', 'lockdown'],
};

/**
 * Refuses what preflight knows to end badly: a load would be refused, or the next kernel harmed.
 *
 * @throws RebootError `EPERM` in phase `stage`.
 */
export function refuseBlocked(host: Host, placedBy: PlacedBy, load: Load): void {
  const found = preflight(host, load).find(
    (finding) => isBlocker(finding, placedBy) && !NOT_ITS[placedBy].includes(finding.id),
  );
  if (found === undefined) return;
  throw new RebootError('EPERM', `${found.what}: ${found.why}`, found.todo, { phase: phases.stage });
}

/** Memory that the tree lacks is filled in by a plan, and by nobody else. */
const isBlocker = ({ severity, id, isKnown }: Finding, placedBy: PlacedBy): boolean =>
  severity === 'blocker' || (placedBy === 'kernel' && id === 'tree-memory' && severity === 'warning' && isKnown);

/** A holder that lives may still unload, by the slot, when it lets go. @throws RebootError `EBUSY` in phase `stage`. */
export function refuseOtherHolder(folder: string): void {
  const other = otherHolder(folder);
  if (other !== undefined) throw busyHolding(other);
}

/** What is to be done on a host, by whom, and how it is read. */
export interface Alone {
  readonly kernel: Kernel;
  /** Where it is noted what is loaded, and who holds it; undefined: nowhere. */
  readonly folder: string | undefined;
  readonly read: () => Promise<Host>;
  /** Refuses a host that is not to be loaded. */
  readonly refuse: (host: Host) => void;
}

/**
 * The host that is loaded into, where nobody else of ours is at it. What a dead holder has left is unloaded first, and then it is
 * another host.
 *
 * @throws as `refuse`, unloadDeadAlone and refuseOtherHolder.
 */
export async function aloneOn(host: Host, { kernel, folder, read, refuse }: Alone): Promise<Host> {
  refuse(host);
  if (folder === undefined) return host;
  const dead = await unloadDeadAlone(host, kernel, folder);
  refuseOtherHolder(folder);
  if (dead === undefined) return host;
  const now = await read();
  refuse(now);
  return now;
}
