import { closeSync, constants, fsyncSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { LinuxError } from './error.ts';
import { errnoOf } from './reading.ts';

/** Which reboot is claimed. */
export interface ClaimOptions {
  /** The rollout that it belongs to: letters, digits and `-`. */
  readonly rollout: string;
  /** The boot that may be left. */
  readonly bootId: string;
  /** The folder that has the host's `proc` and `var`; `/` by default. */
  readonly root?: string;
}

/** A reboot that nobody else of the same rollout gets. */
export interface Claim {
  /** Where it stands. */
  readonly path: string;
  /** For a reboot that came to nothing before the point of no return: the rollout may try it again. */
  withdraw(): void;
}

/** On a disk that the next boots see, too. */
const FOLDER = '/var/lib/kexeckit/rollouts';
const BOOT_ID = '/proc/sys/kernel/random/boot_id';
const NAME = /^[A-Za-z0-9][A-Za-z0-9-]{0,127}$/;
/** Characters of the first claim that are told. */
const TOLD = 64;

/**
 * Claims the one reboot that a rollout has on this host. The claim is on the disk when this returns: no boot forgets it.
 *
 * @throws LinuxError `EEXIST` where the rollout has claimed it before, in this boot or another; `ESTALE` where another boot runs than
 * the one that may be left; `EINVAL` for a name that is none; `EACCES` or `EIO` where it cannot be written.
 */
export function claimReboot({ rollout, bootId, root = '/' }: ClaimOptions): Claim {
  if (!NAME.test(rollout))
    throw new LinuxError('EINVAL', 'no rollout has such a name', 'give letters, digits and -', { value: rollout });
  const path = `${FOLDER}/${rollout}`;
  const file = join(root, path);
  const first = readFirst(file);
  if (first !== undefined) throw claimed(rollout, path, first);
  refuseOtherBoot(bootId, root);
  try {
    mkdirSync(join(root, FOLDER), { recursive: true });
    writeClaim(file, `${JSON.stringify({ rollout, boot: bootId, at: new Date().toISOString() })}\n`);
    syncFolder(join(root, FOLDER));
  } catch (cause) {
    const errno = errnoOf(cause);
    if (errno === 'EEXIST') throw claimed(rollout, path, readFirst(file) ?? '');
    throw new LinuxError(
      errno === 'EACCES' ? 'EACCES' : 'EIO',
      `the claim ${path} cannot be written (${errno})`,
      'run as root, with room on the disk: without it, one rollout could reboot this host twice',
      { path, cause },
    );
  }
  return {
    path,
    withdraw: () => {
      // One that cannot be taken away keeps the rollout from trying again, and nothing else.
      try {
        rmSync(file, { force: true });
        syncFolder(join(root, FOLDER));
      } catch {}
    },
  };
}

/** What the first claim says; empty where it was cut off while it was written; undefined where there is none. */
function readFirst(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw new LinuxError('EIO', `the claim ${file} cannot be read (${errnoOf(error)})`, 'run as root', {
      cause: error,
    });
  }
}

function claimed(rollout: string, path: string, first: string): LinuxError {
  return new LinuxError(
    'EEXIST',
    `rollout ${rollout} has claimed the reboot of this host already, in boot ${bootIn(first)}`,
    'nothing is rebooted twice by one rollout; another rollout, or kexeckit exec without --once, can',
    { path },
  );
}

function bootIn(first: string): string {
  try {
    const claim: unknown = JSON.parse(first);
    if (typeof claim === 'object' && claim !== null && 'boot' in claim && typeof claim.boot === 'string')
      return claim.boot.slice(0, TOLD);
  } catch {}
  return 'unknown';
}

function refuseOtherBoot(bootId: string, root: string): void {
  let now: string;
  try {
    now = readFileSync(join(root, BOOT_ID), 'latin1').trim();
  } catch (cause) {
    throw new LinuxError('EIO', `${BOOT_ID} cannot be read (${errnoOf(cause)})`, 'mount /proc', {
      path: BOOT_ID,
      cause,
    });
  }
  if (now === bootId) return;
  throw new LinuxError('ESTALE', `this host is in boot ${now}, not in ${bootId}`, 'look at it again: it has rebooted', {
    path: BOOT_ID,
    value: bootId,
  });
}

/** A claim that could not be finished is none: it is taken away, unless it was there before. */
function writeClaim(file: string, text: string): void {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const descriptor = openSync(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
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
