import { type Phase, RebootError, type RebootErrorCode } from '@kexeckit/reboot';
import { QemuError, type QemuErrorCode } from './error.ts';

/** What a failure of a client is as the failure of a reboot: `EIO`, but for what is no failure of QEMU. */
const codes: Partial<Record<QemuErrorCode, RebootErrorCode>> = { ETIMEDOUT: 'ETIMEDOUT', ECANCELED: 'ECANCELED' };

/** Does work of a phase: what the clients and the memory of QEMU fail with is told as the failure of a reboot. */
export async function inPhase<T>(phase: Phase, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof QemuError)) throw error;
    throw new RebootError(codes[error.code] ?? 'EIO', error.message, error.hint, { phase, cause: error });
  }
}
