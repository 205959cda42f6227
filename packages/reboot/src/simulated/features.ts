import { type CpuModel, Machine, MachineError } from '@kexeckit/arm64-machine';
import type { CpuFeatures } from '@kexeckit/relocation';
import { RebootError } from '../error.ts';
import { phases } from '../phases.ts';
import { featuresOf } from '../reality/features.ts';

/**
 * What the strict machine's own identification registers say.
 *
 * @throws RebootError `EINVAL` in phase `describe` for a CPU that cannot be.
 */
export function strictFeatures(cpu: CpuModel): CpuFeatures {
  const { system } = made(cpu).cpu;
  return featuresOf((register) => system.get(register));
}

function made(cpu: CpuModel): Machine {
  try {
    return new Machine({ ram: [], cpu });
  } catch (error) {
    if (!(error instanceof MachineError)) throw error;
    throw new RebootError('EINVAL', error.message, error.hint, { phase: phases.describe, cause: error });
  }
}
