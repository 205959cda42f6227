import type { ImageFlags } from '@kexeckit/boot-image';
import type { CpuFeatures } from '@kexeckit/relocation';
import { RebootError } from '../error.ts';
import { phases } from '../phases.ts';

/**
 * What is not known of a CPU that a kernel needs, for people.
 *
 * @throws RebootError `ENOEXEC` in phase `plan` for a kernel whose pages, or whose byte order, the CPU does not have.
 */
export function kernelFits({ pageSize, endianness }: ImageFlags, features: CpuFeatures): string[] {
  const notes: string[] = [];
  if (pageSize !== 'unspecified' && !features.granules.includes(pageSize)) {
    const has = `pages of ${features.granules.join(', ')}`;
    if (!features.mayHaveMore)
      throw unfit(`the kernel has pages of ${pageSize}, and the CPU ${has}`, `give a kernel with ${has}`);
    notes.push(
      `the kernel has pages of ${pageSize}: whether the CPU has them is not known; without them it does not start`,
    );
  }
  if (endianness === 'big' && features.bigEndian !== true) {
    if (features.bigEndian === false)
      throw unfit('the kernel is big-endian, and the CPU is not', 'give a little-endian kernel');
    notes.push('the kernel is big-endian: whether the CPU can be is not known; where it cannot, it does not start');
  }
  return notes;
}

const unfit = (what: string, hint: string): RebootError =>
  new RebootError('ENOEXEC', what, hint, { phase: phases.plan });
