import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import type { InputFiles } from '@kexeckit/reboot';
import { reasonOf, UsageError } from '../error.ts';
import type { Io } from '../io.ts';
import type { MachineTraits } from '../machines/kind.ts';
import { NEXT_KERNEL } from './headings.ts';
import { longName, type OptionsFor } from './option.ts';
import { STDIN } from './stdin.ts';
import { filled } from './values.ts';

/** The files that a reboot is made of. */
export interface FileValues {
  readonly kernel?: string;
  readonly initrd?: string;
  readonly dtb?: string;
}

/** The options of {@link FileValues}. */
export const fileOptions: OptionsFor<FileValues> = {
  kernel: {
    heading: NEXT_KERNEL,
    summary: 'arm64 kernel: Image, Image.gz, EFI zboot, unified kernel image, FIT, Android or vmlinux',
    value: '<file>',
    parse: filled,
  },
  initrd: {
    heading: NEXT_KERNEL,
    summary: 'initial RAM disk; where none is given, that of the kernel file',
    value: '<file>',
    parse: filled,
  },
  dtb: {
    heading: NEXT_KERNEL,
    summary: "device tree in the place of the machine's own; where none is given, that of the kernel file",
    value: '<file>',
    parse: filled,
  },
};

/** Those of them that `--help` tells of. */
export const everydayFiles = ['kernel', 'initrd'] as const;

/** Refuses what cannot be a workload on this kind of machine, before anything is read. @throws UsageError */
export function checkFiles({ kernel, ...others }: FileValues, { name, workload }: MachineTraits): void {
  if (kernel !== undefined) return;
  const alone = Object.keys(fileOptions).find((name) => name in others && Reflect.get(others, name) !== undefined);
  if (alone !== undefined)
    throw new UsageError(
      'EINVAL',
      `${longName(alone)} stands without --kernel`,
      'give both, or neither for a generated workload',
    );
  if (workload === undefined)
    throw new UsageError('EINVAL', `the ${name} machine needs a kernel to boot`, 'give one with --kernel');
}

/** The files themselves, or a generated workload. @throws UsageError for a file that cannot be read, or is empty. */
export async function readFiles(values: FileValues, { workload }: MachineTraits, io: Inputs): Promise<InputFiles> {
  if (values.kernel === undefined) return (await workload?.()) ?? { kernel: new Uint8Array() };
  const { kernel, initrd, dtb } = values;
  return {
    kernel: await readContents(kernel, longName('kernel'), io),
    kernelName: kernel,
    ...(initrd !== undefined && { initrd: await readContents(initrd, longName('initrd'), io) }),
    ...(dtb !== undefined && { dtb: await readContents(dtb, longName('dtb'), io, DTB_MAX) }),
  };
}

/** Bytes of a device tree at most: the boot protocol takes 2 MiB (booting.rst), and packing may make one smaller. */
const DTB_MAX = 2 ** 24;

/** Where standard input is had, which `-` stands for; without it that is a file like any other. */
export type Inputs = Pick<Io, 'stdin' | 'signal'>;

/** A file that somebody named, whole. @throws UsageError for one that cannot be read, or is empty. */
export async function readContents(path: string, what: string, io: Inputs, most?: number): Promise<Uint8Array> {
  const bytes = await readInput(path, what, io, most);
  if (bytes.length === 0) throw new UsageError('EINVAL', `${what} ${path} is empty`, 'check the path');
  return bytes;
}

/** Bytes that a file may have, unless it says otherwise: 1 GiB, more than any kernel or initramfs that is started so. */
const BYTES_MAX = 2 ** 30;
/** The same where a file does not say how long it is: none of /proc has as much, but for those without an end. */
const UNSIZED_MAX = 2 ** 27;
/** Bytes that are asked for at once where a file does not say how long it is, as those of /proc. */
const PIECE = 2 ** 20;

/**
 * Reads a file that somebody named. Pipes and devices are refused: one that never ends, or never begins, would hold this
 * process beyond every signal. So is what goes on and on, whatever length it claims to have.
 *
 * @param what how the command line calls it: an option, or `the plan`.
 * @param io where `-` is read from.
 * @param most bytes that it may have.
 * @throws UsageError
 */
export async function readInput(path: string, what: string, io: Inputs, most: number = BYTES_MAX): Promise<Uint8Array> {
  if (path === '') throw new UsageError('EINVAL', `${what} cannot be empty`, 'name a file');
  if (path === STDIN && io.stdin !== undefined) {
    const bytes = await io.stdin.read(what, most, io.signal);
    if (bytes === undefined) throw tooLong(path, what, most);
    return bytes;
  }
  try {
    // Opening a device can do something to it.
    refuseIrregular(await stat(path), path, what, hintOf(io));
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const found = await file.stat();
      // Somebody may have put something else there meanwhile.
      refuseIrregular(found, path, what, hintOf(io));
      const limit = found.size === 0 ? Math.min(most, UNSIZED_MAX) : most;
      const bytes = found.size > limit ? undefined : await readUpTo(file, limit, found.size);
      if (bytes === undefined) throw tooLong(path, what, limit);
      if (found.size > 0 && (bytes.length > found.size || hasChanged(found, await file.stat())))
        throw changing(path, what);
      return bytes;
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const code = isMissing(cause) ? 'ENOENT' : 'EIO';
    throw new UsageError(code, `cannot read ${what} ${path}: ${reasonOf(cause)}`, 'check the path', { cause });
  }
}

/** What to do with a pipe, or a device. */
const hintOf = ({ stdin }: Inputs): string =>
  `copy what it holds to a file, and give that${stdin === undefined ? '' : `, or send it to standard input: ${STDIN}`}`;

const tooLong = (path: string, what: string, most: number): UsageError =>
  new UsageError('EINVAL', `${what} ${path} has more than ${most / PIECE} MiB`, 'is it the right file?');

/** Whether somebody writes to a file that is read: what is there now may be of two versions, or half of one. */
const hasChanged = (before: Stats, after: Stats): boolean =>
  before.size !== after.size || before.mtimeMs !== after.mtimeMs;

const changing = (path: string, what: string): UsageError =>
  new UsageError('EIO', `${what} ${path} changes while it is read`, 'wait until it is written, and try again');

/** A file's bytes, or `undefined` where it has more than `most`. `size` is what it claims to have: it is read no further. */
async function readUpTo(file: FileHandle, most: number, size: number): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    // One byte more than is expected shows the end.
    const piece = new Uint8Array(total === 0 && size > 0 ? size + 1 : PIECE);
    const { bytesRead } = await file.read(piece, 0, piece.length, null);
    if (bytesRead === 0) break;
    pieces.push(piece.subarray(0, bytesRead));
    total += bytesRead;
    if (total > most) return undefined;
    if (size > 0 && total > size) break;
  }
  return pieces.length === 1 ? pieces[0] : new Uint8Array(Buffer.concat(pieces));
}

/** Refuses what is not a regular file. @param instead what to give in the place of a pipe or a device. @throws UsageError */
export function refuseIrregular(found: Stats, path: string, what: string, instead: string): void {
  if (found.isFile()) return;
  const [kind, hint] = found.isDirectory() ? ['a folder', 'name a file in it'] : ['a pipe or a device', instead];
  throw new UsageError('EINVAL', `${what} ${path} is ${kind}`, hint);
}

/** Whether a system call failed because there is nothing of that name. */
export const isMissing = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
