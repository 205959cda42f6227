import { Machine } from '@kexeckit/arm64-machine';
import type { CpuFeatures } from '@kexeckit/relocation';
import { featuresOf } from '../reality/features.ts';

/** What the strict machine's own identification registers say. */
export function strictFeatures(): CpuFeatures {
  const { system } = new Machine({ ram: [] }).cpu;
  return featuresOf((register) => system.get(register));
}
