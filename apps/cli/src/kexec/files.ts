import { recognise } from '@kexeckit/boot-image';
import { CliError, UsageError } from '../error.ts';
import { readContents } from '../options/files.ts';
import type { Wanted } from './wanted.ts';

/** The files of a load, read. */
export interface LoadFiles {
  readonly kernel: Uint8Array;
  readonly initrd: Uint8Array | undefined;
  readonly dtb: Uint8Array | undefined;
  /** Whether the running kernel takes it as it is: a plain Image, on x86_64 a bzImage. */
  readonly isPlain: boolean;
}

/** What kexec-tools calls a file of each format. */
const TYPES: Readonly<Record<string, string>> = {
  vmlinux: 'vmlinux',
  Image: 'Image',
  uImage: 'uImage',
  zboot: 'vmlinuz',
  PE: 'uki',
  'Image.gz': 'zImage',
  zstd: 'zImage',
  xz: 'zImage',
  bzip2: 'zImage',
  lzma: 'zImage',
  lz4: 'zImage',
  lzo: 'zImage',
  'x86-bzImage': 'bzImage',
};

/** Kernels that kexec-tools does not know. */
const MORE: readonly string[] = ['fit', 'android-boot'];

/** Where Linux keeps the initramfs that it was started with, where it was told to: retain_initrd. */
const RETAINED = '/sys/firmware/initrd';
/** As packages/reboot has it: more than the boot protocol takes. */
const DTB_MAX = 2 ** 24;

/** Reads what a load is made of. @throws CliError, UsageError for what cannot be read, or is of another type. */
export async function readLoadFiles(path: string, { type, dtb, ...wanted }: Wanted): Promise<LoadFiles> {
  const known = [...new Set(Object.values(TYPES))];
  if (type !== undefined && !known.includes(type))
    throw new UsageError(
      'EINVAL',
      `Unsupported kernel type ${type}`,
      `give one of ${known.join(', ')}, or leave -t out`,
    );
  const kernel = await readContents(path, 'the kernel', {});
  const { format, detail } = recognise(kernel);
  if (TYPES[format] === undefined && !MORE.includes(format))
    throw new UsageError('EINVAL', `Cannot determine the file type of ${path}: ${detail}`, 'name a kernel');
  if (type !== undefined && TYPES[format] !== type)
    throw new CliError(
      'EINVAL',
      `Wrong file type ${type}: ${path} is ${detail}`,
      'leave -t out: the file tells its type',
    );
  const initrd = initrdPath(wanted);
  return {
    kernel,
    initrd: initrd === undefined ? undefined : await readInitrd(initrd),
    dtb: dtb === undefined ? undefined : await readContents(dtb, '--dtb', {}, DTB_MAX),
    isPlain: format === (process.arch === 'x64' ? 'x86-bzImage' : 'Image'),
  };
}

/** The path of the initramfs that is wanted. */
export const initrdPath = ({ initrd, reuseInitrd }: Pick<Wanted, 'initrd' | 'reuseInitrd'>): string | undefined =>
  reuseInitrd ? RETAINED : initrd;

async function readInitrd(path: string): Promise<Uint8Array> {
  try {
    return await readContents(path, '--initrd', {});
  } catch (cause) {
    if (path !== RETAINED) throw cause;
    throw new CliError(
      'ENOENT',
      "current boot didn't retain the initrd for reuse: there is no /sys/firmware/initrd",
      'boot with retain_initrd (Linux 6.7 shows it), or give the file with --initrd',
      { cause },
    );
  }
}
