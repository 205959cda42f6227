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
 * that says its name. A tree without what kexec leaves there is firmware's only where kexec would have left it: kexec-tools do not,
 * nor does Linux before 5.13.
 *
 * @param leavesTrace whether the reboot that was to lead here would have.
 */
export async function readStartedBy(files: HostFiles, leavesTrace: boolean): Promise<Reading<StartedBy>> {
  return firstOf(
    // Only x86 has it.
    () => byLoader(files),
    () => byBlob(files, leavesTrace),
    () => byFolder(files, leavesTrace),
  );
}

function byProperties(path: string, leavesTrace: boolean, has: (name: string) => boolean): Reading<StartedBy> {
  if (has(FOR_DUMPS)) return known('panic');
  if (has(FROM_KEXEC)) return known('kexec');
  if (leavesTrace) return known('firmware');
  return unknown(path, 'ENODATA', 'it has no linux,booted-from-kexec, which not every kexec leaves there');
}

async function byBlob(files: HostFiles, leavesTrace: boolean): Promise<Reading<StartedBy>> {
  const blob = await files.read(FDT);
  if (!blob.ok) return blob;
  try {
    const chosen = chosenOf(parseFdt(blob.value));
    return byProperties(FDT, leavesTrace, (name) => chosen !== undefined && getProperty(chosen, name) !== undefined);
  } catch (error) {
    if (error instanceof FdtError) return unknown(FDT, 'EINVAL', error.message);
    throw error;
  }
}

async function byFolder(files: HostFiles, leavesTrace: boolean): Promise<Reading<StartedBy>> {
  const found = await files.list(CHOSEN);
  if (!found.ok) return found;
  return byProperties(CHOSEN, leavesTrace, (property) => found.value.some(({ name }) => name === property));
}

async function byLoader(files: HostFiles): Promise<Reading<StartedBy>> {
  const line = await readLine(files, LOADER);
  if (!line.ok) return line;
  if (!/^\d{1,6}$/.test(line.value)) return unknown(LOADER, 'EINVAL', 'it is not a number');
  if (Number(line.value) >> 4 !== KEXEC_LOADER) return known('firmware');
  const cmdline = await readLine(files, '/proc/cmdline');
  return cmdline.ok ? known(/(?:^| )elfcorehdr=/.test(cmdline.value) ? 'panic' : 'kexec') : cmdline;
}
