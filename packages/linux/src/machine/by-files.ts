import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { phases, RebootError } from '@kexeckit/reboot';
import { strategies } from '@kexeckit/relocation/strategies';
import { LinuxError, type LinuxErrorCode } from '../error.ts';
import { isArm64 } from '../facts.ts';
import { withLock } from '../holder/lock.ts';
import { runFolderFor } from '../holder/run-folder.ts';
import { type Host, readHost } from '../host.ts';
import { errnoOf } from '../reading.ts';
import { type Kernel, thisKernel } from '../syscalls/kernel.ts';
import { cmdlineBytes, type KexecFileOptions, kexecFileLoad } from '../syscalls/kexec-file.ts';
import { refuseLoaded } from './busy.ts';
import type { NewFlag } from './cause.ts';
import { kernelFormat } from './kernel-format.ts';
import { type LeaveOptions, rebootIntoLoaded } from './leaving.ts';
import { lookingFirst } from './loaded-now.ts';
import { forgetLoaded, writeLoaded } from './loaded-record.ts';
import { attempt, unloadSlot } from './slots.ts';

/** The files of a reboot that the kernel plans by itself. */
export interface KernelFiles extends KexecFileOptions {
  /** Path of the kernel, as the running kernel takes it: nothing is unpacked. */
  readonly kernel: string;
  /** Path of the initramfs; none by default. */
  readonly initrd?: string | undefined;
  readonly cmdline: string;
}

/**
 * Why this host can only be loaded by files, in words; undefined where kexec_load is there for an image that is planned.
 */
export function whyByFiles(host: Host): string | undefined {
  if (isArm64(host) === false) return `plans are for arm64, and this is ${host.architecture}`;
  if (host.lockdown !== undefined && host.lockdown !== 'none')
    return `lockdown is ${host.lockdown}: signed kernels only, by kexec_file_load`;
  return undefined;
}

/**
 * Loads files by kexec_file_load: the running kernel reads, places and checks them by itself. There is no plan, no proof and no
 * purgatory of ours. What is loaded for a panic stays as it is.
 *
 * @throws LinuxError for a file that cannot be opened; RebootError in phase `stage`: `EBUSY` where something is loaded
 * already, else with what the kernel's errno means on this host, `EPERM` for a signature too.
 */
export async function loadByFiles(host: Host, files: KernelFiles, kernel?: Kernel, runFolder?: string): Promise<void> {
  const folder = runFolderFor(kernel, runFolder);
  await withLock(folder, async () => {
    await loadAlone(host, files, kernel);
    // By the kernel's own plan: nothing of ours compares digests.
    if (folder !== undefined) writeLoaded(folder, BY_FILES);
  });
}

/** How a host is left for files that it loads itself. */
export interface RebootByFilesOptions extends LeaveOptions {
  /** Reads the host again, right before it is left; `readHost` by default. */
  readonly read?: (signal?: AbortSignal) => Promise<Host>;
}

/**
 * Loads files as {@link loadByFiles}, and reboots into them. What was loaded is unloaded again where it does not come to that;
 * where the kernel, or the service manager, refuses to go, it stays, and can be asked for again.
 *
 * @throws as loadByFiles and rebootIntoLoaded; the signal's reason.
 */
export async function rebootByFiles(
  host: Host,
  files: KernelFiles,
  { read = readAgain, ...options }: RebootByFilesOptions = {},
): Promise<void> {
  const kernel = options.kernel ?? (await thisKernel());
  const folder = runFolderFor(options.kernel, options.folder);
  options.signal?.throwIfAborted();
  await loadByFiles(host, files, options.kernel, options.folder);
  let now = host;
  try {
    now = await read(options.signal);
    options.signal?.throwIfAborted();
    await rebootIntoLoaded(now, options);
  } catch (error) {
    if (error instanceof RebootError && error.phase === phases.shutdown) throw error;
    await unloadSlot(now, kernel, 'next');
    if (folder !== undefined) forgetLoaded(folder);
    throw error;
  }
}

const readAgain = (signal?: AbortSignal): Promise<Host> => readHost(signal === undefined ? {} : { signal });

/** The strategy whose segments the running kernel moves. */
const DELIVERED = strategies.filter(({ delivers }) => delivers).map(({ name }) => name)[0] ?? '';

const BY_FILES = {
  ...{ strategy: DELIVERED, checks: false, isHeld: false },
  ...{ takesCrash: false, crashSize: undefined, kept: [] },
};

async function loadAlone(host: Host, files: KernelFiles, kernel: Kernel | undefined): Promise<void> {
  refuseLoaded(host);
  if (files.cmdline.includes('\0'))
    throw new LinuxError('EINVAL', 'the command line has a zero in it', 'the kernel would take it for the end');
  const asked = lookingFirst(kernel ?? (await thisKernel()));
  withOpen(files.kernel, 'kernel', (image) => {
    const load = (initrd: number | undefined): void =>
      attempt(
        host,
        phases.stage,
        () => kexecFileLoad(asked, { kernel: image, initrd, cmdline: files.cmdline }, files),
        {
          slot: 'next',
          bytes: BigInt(sizeOf(image) + (initrd === undefined ? 0 : sizeOf(initrd))),
          files: {
            kernel: files.kernel,
            format: kernelFormat(firstBytes(image)),
            cmdline: cmdlineBytes(files.cmdline).length,
            flags: newFlags(files),
          },
        },
      );
    if (files.initrd === undefined) load(undefined);
    else withOpen(files.initrd, 'initramfs', load);
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
function withOpen(path: string, what: string, use: (file: number) => void): void {
  const file = open(path, what);
  try {
    if (!fstatSync(file).isFile())
      throw new LinuxError('EINVAL', `${what} ${path} is not a file`, 'name the file itself', { path });
    use(file);
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

/** Enough for every header that tells a kernel; the position of the file stays where it is. */
function firstBytes(file: number): Uint8Array {
  const bytes = new Uint8Array(1024);
  return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0));
}
