import { promisedSize, unpack } from '@kexeckit/boot-image';
import { LinuxError } from '../error.ts';
import { DiskFiles } from '../files/disk.ts';
import { addToCmdline, captureCmdline, checkCmdline } from './cmdline.ts';
import type { KdumpSetup } from './kdump-config.ts';
import { unreadable } from './unreadable.ts';

/** Files of a capture kernel that somebody names. */
export interface CaptureFiles {
  /** A kernel file of any kind that `@kexeckit/boot-image` unpacks. */
  readonly kernel: Uint8Array;
  readonly initrd?: Uint8Array;
  /** What they are called, for people. */
  readonly name?: string;
}

/** What a panic starts while a reboot is loaded. */
export interface CaptureKernel {
  /** Where it is from, for people: a file, and who names it. */
  readonly name: string;
  /** The bytes of an arm64 Image. */
  readonly image: Uint8Array;
  readonly initrd: Uint8Array | undefined;
  readonly cmdline: string;
  /** A device tree in the place of the machine's own. */
  readonly dtb?: Uint8Array | undefined;
}

/**
 * A capture kernel of files that somebody names.
 *
 * @param running the running kernel's command line, which its own is made from.
 * @throws BootImageError for a file that is no kernel; LinuxError `EINVAL` for one that is cut short, or too long a line.
 */
export async function captureOf(files: CaptureFiles, running: string, append: string): Promise<CaptureKernel> {
  const { kernel, initrd, name = 'the capture kernel that was given' } = files;
  const cmdline = captureCmdline(running, append);
  checkCmdline(cmdline);
  return { ...(await imageOf(kernel, name, initrd)), cmdline };
}

/**
 * The capture kernel that the distribution's kdump would load.
 *
 * @throws as {@link captureOf}; LinuxError for a file that cannot be read.
 */
export async function captureBy(setup: KdumpSetup, root: string, append: string): Promise<CaptureKernel> {
  const name = `${setup.kernel} (named by ${setup.config})`;
  const cmdline = addToCmdline(setup.cmdline, append);
  checkCmdline(cmdline);
  const file = await readFile(root, setup.kernel);
  const initrd = setup.initrd === undefined ? undefined : await readFile(root, setup.initrd);
  return { ...(await imageOf(file, name, initrd)), cmdline };
}

/**
 * The kernel of a file; its initramfs too, as of a unified kernel image, where none is given: without one no dump is written.
 *
 * @throws as {@link captureOf}
 */
export async function imageOf(
  file: Uint8Array,
  name: string,
  initrd?: Uint8Array,
): Promise<Omit<CaptureKernel, 'cmdline'>> {
  const { image, parts } = await unpack(file);
  const promised = promisedSize(image);
  if (promised !== undefined && promised > image.length)
    throw new LinuxError(
      'EINVAL',
      `${name} is cut short: it has ${image.length} of ${promised} bytes`,
      'install it again',
    );
  return initrd === undefined && parts.initrd !== undefined && parts.initrd.length > 0
    ? { name: `${name}, with the initramfs in it`, image, initrd: parts.initrd }
    : { name, image, initrd };
}

/** Bytes that a file may have: more than any kernel or initramfs that is started so. */
const BYTES_MAX = 2 ** 30;

/** Never waits, whatever a configuration names. */
async function readFile(root: string, path: string): Promise<Uint8Array> {
  const file = await new DiskFiles(root).read(path, BYTES_MAX);
  if (!file.ok) throw unreadable(file.unread);
  if (file.value.length === 0) throw unreadable({ path, code: 'EINVAL', reason: 'it is empty' });
  return file.value;
}
