import { impossibleFeature } from '@kexeckit/relocation';
import { RebootError } from '../error.ts';
import { phases } from '../phases.ts';
import type { Reality } from './reality.ts';

/**
 * Refuses a machine that there cannot be: what follows from it would be wrong, or have no end.
 *
 * @throws RebootError `EINVAL` in phase `describe`.
 */
export function checkReality({ name, features }: Pick<Reality, 'name' | 'features'>): void {
  const impossible = impossibleFeature(features);
  if (impossible === undefined) return;
  throw new RebootError(
    'EINVAL',
    `machine ${name} says of its CPU that ${impossible}`,
    'describe it as its identification registers do',
    { phase: phases.describe },
  );
}
