import { LinuxError } from '../error.ts';
import type { Unread } from '../reading.ts';

const CODES = ['ENOENT', 'EACCES', 'EPERM', 'EINVAL', 'EFBIG'] as const;

/** A file that decides what a panic starts, and that cannot be read. */
export function unreadable({ path, code, reason }: Unread): LinuxError {
  return new LinuxError(
    CODES.find((each) => each === code) ?? 'EIO',
    `${path} cannot be read: ${reason} (${code})`,
    'run as root, or name the capture kernel yourself: --capture-kernel, --capture-initrd',
    { path },
  );
}
