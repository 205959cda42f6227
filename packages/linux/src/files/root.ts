import { stat } from 'node:fs/promises';
import { LinuxError } from '../error.ts';
import { errnoOf } from '../reading.ts';

/** @throws LinuxError unless `root` is a folder that can be entered. */
export async function checkRoot(root: string): Promise<void> {
  const hint = 'give the folder that has proc and sys in it, or leave it out for this host';
  if (typeof root !== 'string' || root === '' || root.includes('\0')) {
    throw new LinuxError('EINVAL', 'root is not a path', hint, { value: String(root) });
  }
  try {
    if ((await stat(root)).isDirectory()) return;
  } catch (cause) {
    const errno = errnoOf(cause);
    const code = errno === 'ENOENT' || errno === 'ENOTDIR' || errno === 'EACCES' ? errno : 'EIO';
    throw new LinuxError(code, `root ${root} cannot be entered (${errno})`, hint, { path: root, value: root, cause });
  }
  throw new LinuxError('ENOTDIR', `root ${root} is not a folder`, hint, { path: root, value: root });
}
