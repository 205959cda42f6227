import { readFile } from 'node:fs/promises';
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

/** The files themselves, or a generated workload. @throws UsageError for a file that cannot be read. */
export async function readFiles(values: FileValues, { workload }: MachineTraits): Promise<InputFiles> {
  if (values.kernel === undefined) return (await workload?.()) ?? { kernel: new Uint8Array() };
  const kernel = await readInput(values.kernel, longName('kernel'));
  return values.initrd === undefined
    ? { kernel }
    : { kernel, initrd: await readInput(values.initrd, longName('initrd')) };
}

/**
 * Reads a file that somebody named.
 *
 * @param what how the command line calls it: an option, or `the plan`.
 * @throws UsageError
 */
export async function readInput(path: string, what: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError('ENOENT', `cannot read ${what} ${path}: ${reason}`, 'check the path', { cause });
  }
}
