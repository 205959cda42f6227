import { memparse } from '@kexeckit/cmdline';
import { parseFdt } from '@kexeckit/fdt';
import { alignUp, findByName, locateMemHole, type Range } from '@kexeckit/ioport';
import { regionNodeOf, regionParameters, type Strategy } from '@kexeckit/relocation';
import { RebootError } from '../error.ts';
import { phases } from '../phases.ts';
import type { Reality } from '../reality/reality.ts';
import type { MemoryMap } from './memory-map.ts';

/** Each half of a region starts on 2 MiB. */
const ALIGN = 2n << 20n;

/**
 * A region for the kernels after the next one, which the next kernel's device tree keeps: for a machine that has none, where a
 * node can tell of it. As far up as there is room. Undefined where nobody asked for one, or where it is reserved otherwise.
 *
 * @throws RebootError in phase `plan`: `EINVAL` where the machine has one, or for what is no size; `ENOSPC`.
 */
export function firstRegion(
  reserve: string | undefined,
  strategy: Strategy,
  { tree, destinations }: Pick<MemoryMap, 'tree' | 'destinations'>,
  { canReserve, nextRegion, dtb }: Reality,
): Range | undefined {
  if (reserve === undefined || canReserve || nextRegion.kexeckernel !== 'node') return undefined;
  const isThere =
    findByName(tree, regionParameters.kexeckernel.resource).length > 0 || regionNodeOf(parseFdt(dtb)) !== undefined;
  if (isThere || strategy.region === 'kexeckernel')
    throw refusal(
      'EINVAL',
      `nothing to reserve ${reserve} for: the machine has its region, or needs it now`,
      'leave it out',
    );
  const { value, consumed } = memparse(reserve);
  if (value === 0n || consumed !== reserve.length)
    throw refusal('EINVAL', `${reserve} is no size to reserve`, 'give one as 512M: no place, it is looked for');
  const size = alignUp(value, 2n * ALIGN);
  const start = locateMemHole(destinations, { size, align: ALIGN, topDown: true });
  if (start === undefined)
    throw refusal('ENOSPC', `no ${reserve} of RAM in a row can be reserved`, 'reserve less, or add RAM');
  return { start, end: start + size - 1n };
}

const refusal = (code: 'EINVAL' | 'ENOSPC', what: string, hint: string): RebootError =>
  new RebootError(code, what, hint, { phase: phases.plan });
