import { ARM64_CMDLINE_MAX, getParameter, lostInWords, takeOverCmdline, toByteString } from '@kexeckit/cmdline';
import { LinuxError } from '../error.ts';

/** What belongs to the kernel that runs: it reserves memory, or tells of what an earlier kernel left. */
const ITS_OWN = ['crashkernel', 'elfcorehdr'];
/** What a capture kernel is started with, unless somebody says otherwise (Documentation/admin-guide/kdump/kdump.rst). */
const DEFAULTS = [
  ['nr_cpus', 'nr_cpus=1'],
  ['reset_devices', 'reset_devices'],
] as const;

/** A command line without what would reserve memory once more, and without more names. */
export function withoutParameters(line: string, names: readonly string[]): string {
  return takeOverCmdline(line, { drop: [...ITS_OWN, ...names] });
}

/** Adds text at the end of the kernel's part. */
export function addToCmdline(line: string, text: string): string {
  return text.trim() === '' ? line : takeOverCmdline(line, { append: text.trim() });
}

/** The running kernel's command line made ready for a capture kernel that no configuration tells of. */
export function captureCmdline(running: string, added: string): string {
  const line = addToCmdline(withoutParameters(running, ['hugepages', 'hugepagesz']), added);
  const missing = DEFAULTS.filter(([name]) => getParameter(line, name) === undefined).map(([, text]) => text);
  return addToCmdline(line, missing.join(' '));
}

/** @throws LinuxError `EINVAL` for a line that a kernel would cut. */
export function checkCmdline(line: string): void {
  const bytes = toByteString(line);
  if (bytes.length <= ARM64_CMDLINE_MAX) return;
  throw new LinuxError(
    'EINVAL',
    `the capture kernel's command line has ${bytes.length} bytes, and it keeps ${ARM64_CMDLINE_MAX}: ${lostInWords(bytes)}`,
    'shorten it: what is appended last would be lost first',
    { value: line },
  );
}
