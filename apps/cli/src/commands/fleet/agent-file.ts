import { isSea } from 'node:sea';
import { UsageError } from '../../error.ts';
import { ownFile } from '../../own-file.ts';
import { farmAddress } from './world.ts';

/** What hosts run. */
const HOSTS = 'arm64';

/**
 * The host's side where none is named: this very command, where hosts can run it.
 *
 * @throws UsageError where it is no single file, or a program for another architecture.
 */
export function ownAgent(): string {
  // Simulated hosts take any file, and run none.
  if (farmAddress() !== undefined) return process.argv[1] ?? process.execPath;
  const hint = 'give --agent FILE: kexeckit.js, or kexeckit-linux-arm64; npm run bundle makes both';
  if (isSea()) {
    if (process.arch === HOSTS) return process.execPath;
    throw new UsageError('EINVAL', `this kexeckit is a program for ${process.arch}, which hosts do not run`, hint);
  }
  const file = ownFile();
  if (file !== undefined) return file;
  throw new UsageError('EINVAL', 'this kexeckit is many files, of which hosts need one', hint);
}
