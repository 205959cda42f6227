import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import type { InputFiles } from '@kexeckit/reboot';
import { UsageError } from '../error.ts';
import type { MachineTraits } from '../machines/kind.ts';
import { NEXT_KERNEL } from './headings.ts';
import { longName, type OptionsFor } from './option.ts';
import { text } from './values.ts';

/** The files that a reboot is made of. */
export interface FileValues {
  readonly kernel?: string;
  readonly initrd?: string;
}

/** The options of {@link FileValues}. */
export const fileOptions: OptionsFor<FileValues> = {
  kernel: {
    heading: NEXT_KERNEL,
    summary: 'arm64 kernel: Image, Image.gz, EFI zboot or vmlinux',
    value: '<file>',
    parse: text,
  },
  initrd: { heading: NEXT_KERNEL, summary: 'initial RAM disk', value: '<file>', parse: text },
};

/** Refuses what cannot be a workload on this kind of machine, before anything is read. @throws UsageError */
export function checkFiles({ kernel, initrd }: FileValues, { name, workload }: MachineTraits): void {
  if (kernel !== undefined) return;
  if (initrd !== undefined)
    throw new UsageError(
      'EINVAL',
      '--initrd stands without --kernel',
      'give both, or neither for a generated workload',
    );
  if (workload === undefined)
    throw new UsageError('EINVAL', `the ${name} machine needs a kernel to boot`, 'give one with --kernel');
}

/** The files themselves, or a generated workload. @throws UsageError for a file that cannot be read, or is empty. */
export async function readFiles(values: FileValues, { workload }: MachineTraits): Promise<InputFiles> {
  if (values.kernel === undefined) return (await workload?.()) ?? { kernel: new Uint8Array() };
  const kernel = await readContents(values.kernel, longName('kernel'));
  return values.initrd === undefined
    ? { kernel }
    : { kernel, initrd: await readContents(values.initrd, longName('initrd')) };
}

async function readContents(path: string, what: string): Promise<Uint8Array> {
  const bytes = await readInput(path, what);
  if (bytes.length === 0) throw new UsageError('EINVAL', `${what} ${path} is empty`, 'check the path');
  return bytes;
}

/**
 * Reads a file that somebody named. Pipes and devices are refused: one that never ends, or never begins, would hold this
 * process beyond every signal.
 *
 * @param what how the command line calls it: an option, or `the plan`.
 * @throws UsageError
 */
export async function readInput(path: string, what: string): Promise<Uint8Array> {
  try {
    // Opening a device can do something to it.
    refuseIrregular(await stat(path), path, what);
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return await readAll(file, path, what);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const code = isMissing(cause) ? 'ENOENT' : 'EIO';
    throw new UsageError(code, `cannot read ${what} ${path}: ${reason}`, 'check the path', { cause });
  }
}

async function readAll(file: FileHandle, path: string, what: string): Promise<Uint8Array> {
  try {
    // Somebody may have put something else there meanwhile.
    refuseIrregular(await file.stat(), path, what);
    return new Uint8Array(await file.readFile());
  } finally {
    await file.close();
  }
}

/** Refuses what is not a regular file. @throws UsageError */
export function refuseIrregular(found: Stats, path: string, what: string): void {
  if (found.isFile()) return;
  const [kind, hint] = found.isDirectory()
    ? ['a folder', 'name a file in it']
    : ['a pipe or a device', 'copy what it holds to a file, and give that'];
  throw new UsageError('EINVAL', `${what} ${path} is ${kind}`, hint);
}

/** Whether a system call failed because there is nothing of that name. */
export const isMissing = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
