/** Shareability domains, each with all before it: the CPU itself, inner, outer, the whole system. */
export const NON_SHAREABLE = 0;
export const INNER = 1;
export const OUTER = 2;
const SYSTEM = 3;

/** How many domains there are. */
export const DOMAINS = 4;

/** What a DSB waits for. */
export interface Barrier {
  /** The widest domain that sees it complete. */
  readonly domain: number;
  /** Stores; loads alone are `ld`. */
  readonly stores: boolean;
  /** Loads and stores: only then is maintenance of caches and TLBs complete too (Arm ARM, "Data Synchronization Barrier"). */
  readonly maintenance: boolean;
}

const FULL: Barrier = { domain: SYSTEM, stores: true, maintenance: true };

/** A barrier by its name, as `ishst`; numbers without a name are as `sy`. */
export function barrierOf(name: string): Barrier {
  const found = /^(nsh|ish|osh|)(ld|st|)$/.exec(name === 'sy' ? '' : name);
  if (found === null) return FULL;
  const [, domain = '', types = ''] = found;
  return {
    domain: domain === '' ? SYSTEM : ['nsh', 'ish', 'osh'].indexOf(domain),
    stores: types !== 'ld',
    maintenance: types === '',
  };
}
