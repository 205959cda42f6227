import { readFileSync } from 'node:fs';
import { describeHost, type Host } from '@kexeckit/linux';
import { CliError } from '../error.ts';

/** The purgatory writes to the console of the device tree. @throws CliError for another one. */
export function checkConsole(name: string, host: Host): void {
  const known = describeHost(host).console?.address;
  if (known !== undefined && addressOf(name) === known) return;
  const has = known === undefined ? 'names none that is known' : `names the one at 0x${known.toString(16)}`;
  throw new CliError(
    'EINVAL',
    `--serial=${name}: the purgatory writes to the console that the device tree names, and it ${has}`,
    'leave it out, or name that console',
  );
}

/** Where the registers of a serial port stand, as the kernel says; undefined where it does not. */
function addressOf(name: string): bigint | undefined {
  if (!/^\w+$/.test(name)) return undefined;
  try {
    return BigInt(readFileSync(`/sys/class/tty/${name}/iomem_base`, 'latin1').trim());
  } catch {
    return undefined;
  }
}
