import { CostError, checkProfile, type MachineProfile, stingray } from '@kexeckit/cost';
import { parseIomem, type ResourceTree, systemRam } from '@kexeckit/ioport';
import { RebootError } from '../error.ts';
import { phases } from '../phases.ts';
import type { SimulatedOptions } from './options.ts';
import { stingrayIomem } from './stingray.ts';

/**
 * What prices a machine has: those that are given, or the published ones where memory and CPUs are those of the machine that they
 * were measured on. Undefined: nobody has measured it.
 *
 * @throws RebootError `EINVAL` in phase `describe` for a profile that is none.
 */
export function profileFor(
  memory: ResourceTree,
  { profile, cpu }: Pick<SimulatedOptions, 'profile' | 'cpu'>,
): MachineProfile | undefined {
  if (profile === undefined) return cpu === undefined && hasRamOfStingray(memory) ? stingray : undefined;
  try {
    return checkProfile(profile);
  } catch (cause) {
    if (!(cause instanceof CostError)) throw cause;
    throw new RebootError('EINVAL', cause.message, cause.hint, { phase: phases.describe, cause });
  }
}

/** Its next kernels have the same RAM, and reserve other parts of it. */
function hasRamOfStingray(memory: ResourceTree): boolean {
  const own = systemRam(memory);
  const stingrays = systemRam(parseIomem(stingrayIomem));
  return (
    own.length === stingrays.length &&
    own.every(({ start, end }, at) => start === stingrays[at]?.start && end === stingrays[at]?.end)
  );
}
