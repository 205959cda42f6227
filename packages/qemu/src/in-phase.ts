import { type Phase, RebootError } from '@kexeckit/reboot';
import { QemuError } from './error.ts';

/** Does work of a phase: what the clients and the memory of QEMU fail with is told as the failure of a reboot. */
export async function inPhase<T>(phase: Phase, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof QemuError)) throw error;
    throw new RebootError('EIO', error.message, error.hint, { phase, cause: error });
  }
}
