import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { phases, RebootError } from '@kexeckit/reboot';
import { strategies } from '@kexeckit/relocation/strategies';
import { checkInitrd } from '../capture/initrd.ts';
import type { Load } from '../checks/check.ts';
import { LinuxError, type LinuxErrorCode } from '../error.ts';
import { withLock, withLockSoon } from '../holder/lock.ts';
import { runFolderFor } from '../holder/run-folder.ts';
import { type Host, readHost } from '../host.ts';
import { errnoOf, latin1 } from '../reading.ts';
import { type Kernel, thisKernel } from '../syscalls/kernel.ts';
import type { ImageSlot } from '../syscalls/kexec.ts';
import { cmdlineBytes, type KexecFileOptions, kexecFileLoad } from '../syscalls/kexec-file.ts';
import { refuseLoaded } from './busy.ts';
import type { NewFlag } from './cause.ts';
import { forgetCrash } from './crash-record.ts';
import { kernelFormat } from './kernel-format.ts';
import { type LeaveOptions, rebootIntoLoaded } from './leaving.ts';
import { isOursGone } from './loaded-record.ts';
import { canReplace, makeRoom, refuseNextInRegion } from './make-room.ts';
import { forgetEmpty, type OwnSlots, ownSlots } from './own-slots.ts';
import { aloneOn, refuseBlocked } from './refusals.ts';
import { attempt, unloadSlot } from './slots.ts';

/** The files of a reboot that the kernel plans by itself. */
export interface KernelFiles extends KexecFileOptions {
  /** Path of the kernel, as the running kernel takes it: nothing is unpacked. */
  readonly kernel: string;
  /** Path of the initramfs; none by default. */
  readonly initrd?: string | undefined;
  /** Takes an initramfs that Linux would not unpack, as far as can be seen. */
  readonly anyInitrd?: boolean;
  readonly cmdline: string;
}

/** How files are loaded. */
export interface LoadByFilesOptions extends Pick<LeaveOptions, 'kernel' | 'folder' | 'signal'> {
  /** Reads the host again: where what a dead process has left was unloaded, and right before it is left. `readHost` by default. */
  readonly read?: (signal?: AbortSignal) => Promise<Host>;
  /**
   * What is loaded for a reboot is replaced, whoever has loaded it, and stays where the load fails; what a process holds, or a panic
   * would start, is unloaded first. By default it is refused.
   */
  readonly replaces?: boolean;
}

/**
 * Loads files by kexec_file_load: the running kernel reads, places and checks them by itself. There is no plan, no proof and no
 * purgatory of ours. What is loaded for a panic stays as it is.
 *
 * @throws LinuxError for a file that cannot be opened, an initramfs that Linux would not unpack, or where it cannot be noted what
 * is loaded; RebootError in phase `stage`: `EBUSY` where something is loaded already, or held, `EPERM` for what preflight knows to
 * end badly, else with what the kernel's errno means on this host, `EPERM` for a signature too. Then nothing is loaded.
 */
export async function loadByFiles(host: Host, files: KernelFiles, options: LoadByFilesOptions = {}): Promise<void> {
  await loadOwn(host, files, options);
}

/** @returns the kernel that they were loaded through, and are unloaded. */
async function loadOwn(host: Host, files: KernelFiles, options: LoadByFilesOptions): Promise<OwnSlots> {
  const folder = runFolderFor(options.kernel, options.folder);
  const kernel = options.kernel ?? (await thisKernel());
  const { read = readAgain, signal, replaces = false } = options;
  // What cannot be opened replaces nothing.
  const before =
    replaces && !canReplace(folder, host)
      ? await withFiles(files, () => makeRoom(host, { kernel, folder, read: () => read(signal) }))
      : host;
  return await withLock(folder, async () => {
    return await withFiles(files, async (opened) => {
      const refuse = (found: Host): void => refuseBlocked(found, 'kernel', loadOf(files, opened));
      const alone = await aloneOn(before, { kernel, folder, read: () => read(signal), refuse });
      const isReplaced = replaces && canReplace(folder, alone);
      if (!isReplaced) refuseLoaded(alone);
      signal?.throwIfAborted();
      const { kexecLoaded: next, kexecCrashLoaded: crash } = alone;
      forgetEmpty(folder, { next, crash });
      // By the kernel's own plan: nothing of ours compares digests.
      const own = ownSlots(kernel, {
        folder,
        record: BY_FILES,
        crashLoaded: crash,
        hasOurs: false,
        replaces: isReplaced,
      });
      loadOpen(alone, files, opened, own);
      return own;
    });
  });
}

/**
 * Loads files for a panic by kexec_file_load: the running kernel makes the core header by itself. What stood there for a panic is
 * gone, also where that fails. It counts as somebody's own, as if kdump had loaded it.
 *
 * @throws as loadByFiles; RebootError `EBUSY` in phase `stage` where a reboot is loaded that stands in the crash kernel's region.
 */
export async function loadCaptureByFiles(
  host: Host,
  files: KernelFiles,
  { kernel, folder: given }: Pick<LoadByFilesOptions, 'kernel' | 'folder'> = {},
): Promise<void> {
  const folder = runFolderFor(kernel, given);
  const asked = kernel ?? (await thisKernel());
  await withLock(folder, () =>
    withFiles(files, async (opened) => {
      refuseNextInRegion(folder, asked);
      loadOpen(host, files, opened, asked, 'crash');
      if (folder !== undefined) forgetCrash(folder);
    }),
  );
}

/** How a host is left for files that it loads itself. */
export interface RebootByFilesOptions extends LeaveOptions, LoadByFilesOptions {}

/**
 * Loads files as {@link loadByFiles}, and reboots into them. What was loaded is unloaded again where it does not come to that;
 * where the kernel, or the service manager, refuses to go, it stays, and can be asked for again.
 *
 * @throws as loadByFiles and rebootIntoLoaded; the signal's reason.
 */
export async function rebootByFiles(host: Host, files: KernelFiles, options: RebootByFilesOptions = {}): Promise<void> {
  const folder = runFolderFor(options.kernel, options.folder);
  const { read = readAgain, ...leaving } = options;
  options.signal?.throwIfAborted();
  const own = await loadOwn(host, files, options);
  let now = host;
  try {
    now = await read(options.signal);
    options.signal?.throwIfAborted();
    if (isOursGone(folder)) throw replaced();
    await rebootIntoLoaded(now, leaving);
  } catch (error) {
    if (error instanceof RebootError && error.phase === phases.shutdown) throw error;
    await withLockSoon(folder, () => unloadSlot(now, own, 'next', { byFiles: true }));
    throw error;
  }
}

const replaced = (): RebootError =>
  new RebootError(
    'ESTALE',
    'another process has unloaded the files, and loaded something else',
    'reboot into that, or unload it first: kexeckit exec, kexeckit unload',
    { phase: phases.stage },
  );

const readAgain = (signal?: AbortSignal): Promise<Host> => readHost(signal === undefined ? {} : { signal });

/** The strategy whose segments the running kernel moves. */
const DELIVERED = strategies.filter(({ delivers }) => delivers).map(({ name }) => name)[0] ?? '';

const BY_FILES = {
  ...{ strategy: DELIVERED, checks: false, byFiles: true, isHeld: false },
  ...{ takesCrash: false, crashSize: undefined, kept: [] },
};

/** The files, open. */
interface OpenFiles {
  readonly image: number;
  readonly initrd: number | undefined;
}

/** Opens what is to be loaded, for as long as something is done with it. @throws LinuxError as withOpen; `EINVAL` for a zero. */
async function withFiles<T>(
  { kernel, initrd, cmdline, ...consent }: KernelFiles,
  use: (files: OpenFiles) => Promise<T>,
): Promise<T> {
  if (cmdline.includes('\0'))
    throw new LinuxError('EINVAL', 'the command line has a zero in it', 'the kernel would take it for the end');
  return await withOpen(kernel, 'kernel', async (image) =>
    initrd === undefined
      ? await use({ image, initrd })
      : await withOpen(initrd, 'initramfs', async (opened) => {
          if (!consent.anyInitrd) await checkInitrd(allBytes(opened, initrd), kernel, consent);
          return await use({ image, initrd: opened });
        }),
  );
}

/** What preflight can know of files. */
const loadOf = ({ cmdline }: KernelFiles, opened: OpenFiles): Load => ({
  size: bytesOf(opened),
  cmdline: latin1(cmdlineBytes(cmdline).subarray(0, -1)),
});

const bytesOf = ({ image, initrd }: OpenFiles): bigint =>
  BigInt(sizeOf(image) + (initrd === undefined ? 0 : sizeOf(initrd)));

function loadOpen(host: Host, files: KernelFiles, opened: OpenFiles, kernel: Kernel, slot: ImageSlot = 'next'): void {
  const { image, initrd } = opened;
  const load = (): void => kexecFileLoad(kernel, { kernel: image, initrd, cmdline: files.cmdline }, files, slot);
  attempt({ host, kernel }, phases.stage, load, {
    slot,
    bytes: bytesOf(opened),
    files: {
      kernel: files.kernel,
      format: kernelFormat(firstBytes(image)),
      cmdline: cmdlineBytes(files.cmdline).length,
      flags: newFlags(files),
    },
  });
}

const sizeOf = (file: number): number => fstatSync(file).size;

function newFlags({ noCma, debug }: KexecFileOptions): NewFlag[] {
  return [
    ...(noCma ? [{ name: '--no-cma', since: [6, 17] } as const] : []),
    ...(debug ? [{ name: '--kexec-debug', since: [6, 7] } as const] : []),
  ];
}

/** Does something with a file while it is open. @throws LinuxError for what is no file to read. */
async function withOpen<T>(path: string, what: string, use: (file: number) => Promise<T>): Promise<T> {
  const file = open(path, what);
  try {
    if (!fstatSync(file).isFile())
      throw new LinuxError('EINVAL', `${what} ${path} is not a file`, 'name the file itself', { path });
    return await use(file);
  } finally {
    closeSync(file);
  }
}

const KNOWN: readonly LinuxErrorCode[] = ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'];

function open(path: string, what: string): number {
  try {
    // Not blocking: a pipe that nobody writes to is refused, too.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const errno = errnoOf(cause);
    const code = KNOWN.find((each) => each === errno) ?? 'EIO';
    throw new LinuxError(code, `${what} ${path} cannot be opened (${errno})`, 'check the path', { path, cause });
  }
}

/** Bytes that an initramfs may have: as much as the kernel takes is more than anybody has. */
const BYTES_MAX = 2 ** 31;

/** The whole file; its position stays where it is. @throws LinuxError for one that is far too long. */
function allBytes(file: number, path: string): Uint8Array {
  const bytes = sizeOf(file);
  if (bytes > BYTES_MAX)
    throw new LinuxError('EINVAL', `initramfs ${path} has more than 2 GiB`, 'is it the right file?', { path });
  const all = new Uint8Array(bytes);
  let at = 0;
  for (;;) {
    const read = readSync(file, all, at, bytes - at, at);
    at += read;
    if (read === 0 || at === bytes) return all.subarray(0, at);
  }
}

/** Enough for every header that tells a kernel; the position of the file stays where it is. */
function firstBytes(file: number): Uint8Array {
  const bytes = new Uint8Array(1024);
  return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0));
}
