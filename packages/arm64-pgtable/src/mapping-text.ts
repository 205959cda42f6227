import type { Attributes } from './attributes.ts';
import { PageTableError } from './error.ts';
import type { Mapping } from './mapping.ts';
import type { MemoryType } from './memory-type.ts';
import { asGiven, parseAddress } from './number-text.ts';

const TYPES: Readonly<Record<string, MemoryType>> = { nc: 'Normal-NC', wt: 'Normal-WT', device: 'Device-nGnRE' };
const ACCESS: ReadonlySet<string> = new Set(['r', 'rw', 'rx', 'rwx']);

/**
 * Reads attributes as people write them: `r`, `rw`, `rx` or `rwx`, and behind commas `nc`, `wt` or `device`, and `user`. What EL0
 * may write is not executed by EL1.
 *
 * @throws PageTableError `EINVAL` for anything else.
 */
export function parseAttributes(given: string): Attributes {
  const [what = '', ...words] = given.split(',');
  const isKnown = ACCESS.has(what) && words.every((word) => word === 'user' || Object.hasOwn(TYPES, word));
  const types = words.flatMap((word) => TYPES[word] ?? []);
  if (!isKnown || types.length > 1)
    throw new PageTableError(
      'EINVAL',
      `${asGiven(given)} says no access`,
      'give r, rw, rx or rwx, and behind commas nc, wt or device, and user: rw,device',
    );
  const writable = what.includes('w');
  const executable = what.includes('x');
  const user = words.includes('user');
  return {
    type: types[0] ?? 'Normal',
    writable,
    executable: executable && !(user && writable),
    ...(user && { user, ...(executable && { userExecutable: true }) }),
  };
}

/**
 * Reads a mapping as people write it: `VA:PA:SIZE:ACCESS`, numbers as {@link parseAddress} reads them and ACCESS as
 * {@link parseAttributes} does.
 *
 * @throws PageTableError `EINVAL` for anything else.
 */
export function parseMapping(given: string): Mapping {
  const [va = '', pa = '', size = '', access = '', ...more] = given.split(':');
  try {
    if (more.length === 0)
      return {
        va: parseAddress(va),
        pa: parseAddress(pa),
        size: parseAddress(size),
        attributes: parseAttributes(access),
      };
  } catch (cause) {
    if (!(cause instanceof PageTableError)) throw cause;
  }
  throw new PageTableError(
    'EINVAL',
    `${asGiven(given)} is no mapping`,
    'give VA:PA:SIZE:ACCESS, as 0x40200000:0x40200000:2M:rx, or rw,device as the ACCESS',
  );
}
