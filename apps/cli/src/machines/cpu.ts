import type { Feature, LineSize } from '@kexeckit/arm64-machine';
import { invalid } from '../error.ts';
import { oneOf } from '../options/values.ts';

/** Features that the strict machine models, with commas between them. */
export async function cpuFeatures(given: string): Promise<readonly Feature[]> {
  const { allFeatures } = await import('@kexeckit/arm64-machine');
  const feature = oneOf(allFeatures);
  return given.split(',').map((name) => feature(name.trim()));
}

/** Bytes of a line that a cache of the strict machine can have. */
export async function lineSize(given: string): Promise<LineSize> {
  const { lineSizes } = await import('@kexeckit/arm64-machine');
  const found = lineSizes.find((size) => String(size) === given);
  if (found === undefined) throw invalid(`give one of ${lineSizes.join(', ')}`);
  return found;
}
