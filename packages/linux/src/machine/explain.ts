import type { Phase, RebootErrorCode } from '@kexeckit/reboot';
import { RebootError } from '@kexeckit/reboot';
import type { Host } from '../host.ts';
import { SystemCallError } from '../syscalls/kernel.ts';
import type { Attempt } from './cause.ts';
import { causes } from './causes.ts';
import { fileCauses } from './file-causes.ts';

/** Errno names that are kept; the others are trouble of some kind. */
const KEPT: readonly RebootErrorCode[] = ['EPERM', 'ENOMEM', 'EBUSY', 'ENOEXEC', 'EINVAL'];

/** What a kernel says of a signature that it does not accept: it does not permit the load. */
const OF_SIGNATURES = ['EKEYREJECTED', 'ENOKEY', 'ENODATA', 'EBADMSG'];

/**
 * What a failed system call means on this host: which of its causes applies here, with the evidence.
 *
 * @returns a RebootError of the phase, or the error itself where it is no failed call.
 */
export function explained(error: unknown, host: Host, phase: Phase, attempted: Attempt = {}): unknown {
  if (!(error instanceof SystemCallError)) return error;
  const { call, code: errno } = error;
  const cause = [...fileCauses, ...causes].find(
    (each) => each.errno === errno && (each.call ?? call) === call && each.applies(host, attempted),
  );
  const what = typeof cause?.what === 'function' ? cause.what(host, attempted) : cause?.what;
  return new RebootError(
    codeOf(errno),
    `${call}: ${errno}: ${what ?? 'the kernel refuses it'}`,
    cause?.hint ?? 'see dmesg',
    {
      phase,
      cause: error,
    },
  );
}

function codeOf(errno: string): RebootErrorCode {
  if (OF_SIGNATURES.includes(errno)) return 'EPERM';
  return KEPT.find((code) => code === errno) ?? 'EIO';
}
