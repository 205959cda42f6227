import type { Host } from './host-values.ts';
import type { ImageSlot } from './syscalls/kexec.ts';

// Since 6.3 Linux has a limit for each slot, kernel.kexec_load_limit_reboot and _panic, and counts every call down that loads or
// unloads there, before it looks at anything else (kexec_load_permitted): one that it refuses then, too.

/** A slot's limit: what counts down, and how far it is. */
export interface LoadLimit {
  readonly field: 'kexecLimitReboot' | 'kexecLimitPanic';
  /** As sysctl calls it. */
  readonly name: string;
  /** Calls that are left; undefined where there is no limit, or it is not known. */
  readonly left: number | undefined;
}

/** What is left of the limit of a slot. */
export function loadLimit(host: Host, slot: ImageSlot): LoadLimit {
  const field = slot === 'crash' ? 'kexecLimitPanic' : 'kexecLimitReboot';
  const said = host[field];
  return {
    field,
    name: `kernel.kexec_load_limit_${slot === 'crash' ? 'panic' : 'reboot'}`,
    left: said === -1 ? undefined : said,
  };
}

/** A kdump service unloads first, and then loads. */
const RELOAD = 2;

/** Calls that empty a slot: kexec_load is asked first, and where it is refused, kexec_file_load. */
function callsToUnload({ lockdown, secureBoot }: Host): number {
  return (lockdown ?? 'none') !== 'none' || secureBoot === true ? 2 : 1;
}

/** Calls that one load takes in a slot, with all that undoes it. @param reloads whether a kdump service loads its own again then. */
const callsNeeded = (host: Host, reloads = false): number => 1 + callsToUnload(host) + (reloads ? RELOAD : 0);

/** Whether a kdump service could load its own again behind an unload. */
export function canReload(host: Host): boolean {
  const { left } = loadLimit(host, 'crash');
  return left === undefined || left >= callsToUnload(host) + RELOAD;
}

/** A limit that does not carry a load with all that undoes it, in words; undefined where it does. */
export function tooFewCalls(host: Host, slot: ImageSlot, reloads = false): string | undefined {
  const { name, left } = loadLimit(host, slot);
  const needed = callsNeeded(host, reloads);
  if (left === undefined || left >= needed) return undefined;
  return `${name} is ${left}, and a load with its undoing${reloads ? ', and the reload of kdump,' : ''} takes ${needed}`;
}

/** What follows, and what to do. */
export const LIMIT_WHY =
  'every load and every unload takes one; then both give EPERM, and what is loaded cannot be undone';
export const LIMIT_REMEDY =
  'nothing can raise it until the next boot: remove it from the sysctl files, and boot the next kernel the slow way';
