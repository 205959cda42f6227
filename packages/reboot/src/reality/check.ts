import { impossibleIn } from '@kexeckit/relocation';
import { RebootError } from '../error.ts';
import { phases } from '../phases.ts';
import type { Reality } from './reality.ts';

/**
 * Refuses a machine that there cannot be: what follows from it would be wrong, or have no end.
 *
 * @throws RebootError `EINVAL` in phase `describe`.
 */
export function checkReality(reality: Reality): void {
  const impossible = impossibleIn(reality);
  if (impossible === undefined) return;
  throw new RebootError(
    'EINVAL',
    `machine ${reality.name} says ${impossible}`,
    'describe it as it is: its identification registers, its memory map',
    { phase: phases.describe },
  );
}
