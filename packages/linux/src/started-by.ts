import { FdtError, getProperty, parseFdt } from '@kexeckit/fdt';
import { chosenOf } from '@kexeckit/relocation';
import type { HostFiles } from './files/host-files.ts';
import { readLine } from './read-value.ts';
import { firstOf, known, type Reading, unknown } from './reading.ts';

/** Who started the running kernel: a kernel by kexec, one that had panicked, or firmware and its boot loader. */
export type StartedBy = 'kexec' | 'panic' | 'firmware';

const FDT = '/sys/firmware/fdt';
const CHOSEN = '/sys/firmware/devicetree/base/chosen';
const LOADER = '/proc/sys/kernel/bootloader_type';

/** What kexec leaves in the tree for the kernel that it starts, and what a kernel for dumps has beside it (drivers/of/kexec.c). */
const FROM_KEXEC = 'linux,booted-from-kexec';
const FOR_DUMPS = 'linux,elfcorehdr';

/** The boot loader that kexec calls itself on x86 (Documentation/arch/x86/boot.rst, type_of_loader). */
const KEXEC_LOADER = 0xd;

/**
 * Who started the running kernel. A reset leads through firmware, which makes a new device tree, and on x86 through a boot loader
 * that says its name: neither has what kexec leaves there.
 */
export async function readStartedBy(files: HostFiles): Promise<Reading<StartedBy>> {
  return firstOf(
    // Only x86 has it.
    () => byLoader(files),
    () => byBlob(files),
    () => byFolder(files),
  );
}

const byProperties = (has: (name: string) => boolean): StartedBy =>
  has(FOR_DUMPS) ? 'panic' : has(FROM_KEXEC) ? 'kexec' : 'firmware';

async function byBlob(files: HostFiles): Promise<Reading<StartedBy>> {
  const blob = await files.read(FDT);
  if (!blob.ok) return blob;
  try {
    const chosen = chosenOf(parseFdt(blob.value));
    return known(byProperties((name) => chosen !== undefined && getProperty(chosen, name) !== undefined));
  } catch (error) {
    if (error instanceof FdtError) return unknown(FDT, 'EINVAL', error.message);
    throw error;
  }
}

async function byFolder(files: HostFiles): Promise<Reading<StartedBy>> {
  const found = await files.list(CHOSEN);
  return found.ok ? known(byProperties((property) => found.value.some(({ name }) => name === property))) : found;
}

async function byLoader(files: HostFiles): Promise<Reading<StartedBy>> {
  const line = await readLine(files, LOADER);
  if (!line.ok) return line;
  if (!/^\d{1,6}$/.test(line.value)) return unknown(LOADER, 'EINVAL', 'it is not a number');
  if (Number(line.value) >> 4 !== KEXEC_LOADER) return known('firmware');
  const cmdline = await readLine(files, '/proc/cmdline');
  return cmdline.ok ? known(/(?:^| )elfcorehdr=/.test(cmdline.value) ? 'panic' : 'kexec') : cmdline;
}
