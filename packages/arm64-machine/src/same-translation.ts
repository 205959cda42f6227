import type { TlbEntry } from './tlb.ts';
import type { Translation } from './translation.ts';

/** What matters to a fetch: ISB itself is fetched between MSR and ISB, and must be found either way. */
export const sameCode = (a: Translation, b: Translation): boolean =>
  a.frame === b.frame && a.executable === b.executable;

/** What matters to an access of data. */
export function sameTranslation(a: Translation, b: Translation): boolean {
  return (
    a.frame === b.frame &&
    a.writable === b.writable &&
    a.executable === b.executable &&
    a.cacheable === b.cacheable &&
    a.device === b.device &&
    (a.user !== false) === (b.user !== false)
  );
}

/** Whether an entry allows nothing that the tables do not, and leads where they lead. */
export function isWithin(entry: TlbEntry, now: TlbEntry): boolean {
  return (
    entry.pfn === now.pfn &&
    entry.type === now.type &&
    (now.writable || !entry.writable) &&
    (now.executable || !entry.executable) &&
    (now.user === true || entry.user !== true)
  );
}
