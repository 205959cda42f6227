import type { Phase, RebootErrorCode } from '@kexeckit/reboot';
import { RebootError } from '@kexeckit/reboot';
import type { Host } from '../host.ts';
import { SystemCallError } from '../syscalls/kernel.ts';
import { type Attempt, candidatesOf, decided } from './cause.ts';
import { causes } from './causes.ts';
import { fileCauses } from './file-causes.ts';
import { memoryCauses } from './memory-causes.ts';
import { permissionCauses } from './permission-causes.ts';

/** Errno names that are kept; the others are trouble of some kind. */
const KEPT: readonly RebootErrorCode[] = ['EPERM', 'ENOMEM', 'EBUSY', 'ENOEXEC', 'EINVAL'];

/** What a kernel says where it does not permit a load: by a rule, or as it does not accept a signature. */
const NOT_PERMITTED = ['EACCES', 'EKEYREJECTED', 'ENOKEY', 'ENODATA', 'EBADMSG', 'ENOPKG', 'ELIBBAD'];

const all = [...fileCauses, ...permissionCauses, ...memoryCauses, ...causes];

/**
 * What a failed system call means on this host: which of its causes applies here, with the evidence; and where that does not
 * decide, which ones may.
 *
 * @returns a RebootError of the phase, or the error itself where it is no failed call.
 */
export function explained(error: unknown, host: Host, phase: Phase, attempted: Attempt = {}): unknown {
  if (!(error instanceof SystemCallError)) return error;
  const { call, code: errno } = error;
  const { what, hint } = decided(candidatesOf(all, { call, errno }, host, attempted)) ?? unexplained(errno);
  return new RebootError(codeOf(errno), `${call}: ${errno}: ${what}`, hint, { phase, cause: error });
}

const unexplained = (errno: string): { what: string; hint: string } =>
  errno === 'EPERM' || errno === 'EACCES'
    ? {
        what: 'the kernel does not allow it, and nothing that was read here says why',
        hint: 'see dmesg and the audit log; run it as root on the host itself',
      }
    : { what: 'the kernel refuses it', hint: 'see dmesg' };

function codeOf(errno: string): RebootErrorCode {
  if (NOT_PERMITTED.includes(errno)) return 'EPERM';
  if (errno === 'ETXTBSY') return 'EBUSY';
  return KEPT.find((code) => code === errno) ?? 'EIO';
}
