import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// include/uapi/linux/if.h
const IFF_UP = 1;
const IFF_LOOPBACK = 8;

/**
 * Takes every network interface down but the loopback, so that no device goes on writing what it receives into memory. What
 * cannot be taken down stays as it is: the kernel that goes stops its devices all the same.
 *
 * @param root where sysfs is mounted at `/sys`; tests have another one.
 * @returns the names of those that were taken down.
 */
export function takeNetworkDown(root: string = '/'): readonly string[] {
  const folder = join(root, 'sys/class/net');
  return namesIn(folder).filter((name) => takenDown(join(folder, name, 'flags')));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}

function takenDown(file: string): boolean {
  try {
    const flags = Number(readFileSync(file, 'latin1'));
    if ((flags & IFF_UP) === 0 || (flags & IFF_LOOPBACK) !== 0) return false;
    writeFileSync(file, `0x${(flags & ~IFF_UP).toString(16)}\n`);
    return true;
  } catch {
    return false;
  }
}
