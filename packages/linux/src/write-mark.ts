import {
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type CommitMark, formatMark } from '@kexeckit/reboot';
import { LinuxError } from './error.ts';
import { errnoOf } from './reading.ts';

/** What a mark says, beside the times. */
export interface WriteMarkOptions {
  readonly strategy: string;
  /** Whether digests are compared before the jump. */
  readonly checks: boolean;
  /** Whoever makes the next device tree may leave nothing in it that tells of kexec. */
  readonly isTraceless?: boolean;
  /** Where it goes, on a disk that the next boot sees; by default /var/lib/kexeckit/mark. */
  readonly path?: string;
  /** The folder that has the host's `proc`, `dev` and `var`; `/` by default. */
  readonly root?: string;
}

/** A mark that was written. */
export interface WrittenMark {
  readonly mark: CommitMark;
  /** Whether it stands in the kernel's log, too: there it has a time by the kernel's clock. */
  readonly inKernelLog: boolean;
}

const MARK_PATH = '/var/lib/kexeckit/mark';

/**
 * Writes the mark of a reboot: to be called right before the last system call, and therefore without a promise. The file is on
 * the disk when it returns. The kernel's log gets it last, with the time of that moment.
 *
 * @throws LinuxError if the file cannot be written. A kernel's log that cannot be written to is told in the result.
 */
export function writeMark(options: WriteMarkOptions): WrittenMark {
  const { strategy, checks, isTraceless = false, path = MARK_PATH, root = '/' } = options;
  const file = join(root, path);
  try {
    const bootId = readFileSync(join(root, '/proc/sys/kernel/random/boot_id'), 'latin1').trim();
    const now = (): CommitMark => ({
      ...{ ...clocks(root), bootId, strategy, checks },
      ...(isTraceless && { isTraceless }),
    });
    mkdirSync(dirname(file), { recursive: true });
    replace(file, `${formatMark(now())}\n`);
    const mark = now();
    return { mark, inKernelLog: tellKernel(join(root, '/dev/kmsg'), `${formatMark(mark)}\n`) };
  } catch (cause) {
    throw new LinuxError(
      errnoOf(cause) === 'EACCES' ? 'EACCES' : 'EIO',
      `the mark ${path} cannot be written (${errnoOf(cause)})`,
      'run as root, or give another path; without a mark the next boot cannot tell how long the way took',
      { path, cause },
    );
  }
}

const MICROS = 1_000_000;

/** Node has no clock_gettime: CLOCK_BOOTTIME is read from /proc/uptime, in hundredths. */
function clocks(root: string): Pick<CommitMark, 'realtime' | 'boottime' | 'monotonic'> {
  const [uptime = ''] = readFileSync(join(root, '/proc/uptime'), 'latin1').split(' ');
  return {
    boottime: Math.round(Number(uptime) * MICROS),
    monotonic: Number(process.hrtime.bigint() / 1000n),
    realtime: Date.now() * 1000,
  };
}

/** A new file takes the old one's place when it is on the disk. */
function replace(file: string, text: string): void {
  const fresh = `${file}.new`;
  try {
    writeAll(fresh, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW, text);
    renameSync(fresh, file);
    syncFolder(dirname(file));
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}

function writeAll(file: string, flags: number, text: string): void {
  const descriptor = openSync(file, flags, 0o644);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The kernel takes a line as a record of its log, if it is written at once. */
function tellKernel(device: string, text: string): boolean {
  try {
    const descriptor = openSync(device, constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      return writeSync(descriptor, text) === text.length;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return false;
  }
}
