import { PageTableError } from '../error.ts';
import { needObject } from '../needed.ts';
import type { Space } from '../space.ts';
import { hasAsids } from '../space-fields.ts';

/** What the CPUs can do, and what is wanted of them. */
export interface EditOptions {
  /**
   * ID_AA64MMFR2_EL1.BBM of all CPUs: at 1 blocks change their size by way of the nT bit, at 2 in place (and so does the
   * contiguous hint), so that what stays mapped never faults; level 2 may raise TLB conflict aborts. 0 by default.
   */
  readonly bbm?: 0 | 1 | 2;
  /** ID_AA64ISAR0_EL1.TLB of all CPUs is 2: they invalidate ranges (FEAT_TLBIRANGE). No by default. */
  readonly rangeTlbi?: boolean;
  /** Above this number of invalidations by address everything is invalidated at once. 512 by default. */
  readonly tlbiLimit?: number;
  /**
   * The only address space identifier that these tables are used with, but for what is global: only what was cached for it
   * is invalidated, and for all identifiers where global leaves go: with them the tables above them. All of them by default.
   */
  readonly asid?: number;
}

/** What `tlbiLimit` is by default. */
export const TLBI_LIMIT = 512;

/** @throws PageTableError `EINVAL` for an option that says nothing. */
export function checkOptions(space: Space, options: EditOptions): void {
  needObject('set of options', options);
  const { bbm = 0, tlbiLimit = 0, asid } = options;
  checkBbm(bbm);
  if (!(tlbiLimit >= 0)) throw refusal(`${tlbiLimit} is no number of invalidations`, 'use 0 or more');
  checkAsid(space, asid);
}

/** @throws PageTableError `EINVAL` for a level of FEAT_BBM that there is not. */
export function checkBbm(bbm: number): void {
  if (![0, 1, 2].includes(bbm)) throw refusal(`there is no level ${bbm} of FEAT_BBM`, 'use 0, 1 or 2');
}

/** @throws PageTableError `EINVAL` for an identifier that the space's regime, or the size of its ASIDs, does not have. */
export function checkAsid(space: Space, asid: number | undefined): void {
  if (asid === undefined) return;
  if (!hasAsids(space.regime)) throw refusal(`${space.regime} has no ASIDs`, 'leave asid out');
  const bits = space.asidBits ?? 8;
  if (Number.isInteger(asid) && asid >= 0 && asid < 2 ** bits) return;
  throw refusal(
    `${asid} is no ASID of ${bits} bits`,
    bits === 8 && asid < 2 ** 16 ? 'give the space asidBits: 16, or use 0 to 255' : `use 0 to ${2 ** bits - 1}`,
  );
}

function refusal(message: string, hint: string): PageTableError {
  return new PageTableError('EINVAL', message, hint);
}
