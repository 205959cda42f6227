/** The kernel's security lockdown (Documentation: kernel_lockdown.7). */
export type Lockdown = 'none' | 'integrity' | 'confidentiality';

/** `0` or `1`. */
export function parseFlag(text: string): boolean | undefined {
  return text === '0' ? false : text === '1' ? true : undefined;
}

/** A decimal number of bytes. */
export function parseSize(text: string): bigint | undefined {
  return /^\d{1,20}$/.test(text) ? BigInt(text) : undefined;
}

/** How many CPUs a list names: `0-3,8` (Documentation/admin-guide/cputopology.rst). */
export function countCpus(text: string): number | undefined {
  let count = 0;
  for (const part of text.split(',')) {
    const match = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part);
    if (match === null) return undefined;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (last < first) return undefined;
    count += last - first + 1;
  }
  return count;
}

/** The bracketed word of `none [integrity] confidentiality`. */
export function parseLockdown(text: string): Lockdown | undefined {
  const word = /\[(\w+)\]/.exec(text)?.[1];
  return word === 'none' || word === 'integrity' || word === 'confidentiality' ? word : undefined;
}

/** Whether CapEff of /proc/self/status has CAP_SYS_BOOT, bit 22 (capabilities(7)). */
export function parseCapSysBoot(status: string): boolean | undefined {
  const mask = /^CapEff:\s*([0-9a-f]{1,16})$/m.exec(status)?.[1];
  return mask === undefined ? undefined : ((BigInt(`0x${mask}`) >> 22n) & 1n) === 1n;
}

/** Whether a uid_map is that of the initial user namespace: all 2^32 - 1 ids mapped to themselves (user_namespaces(7)). */
export function parseInitialNamespace(map: string): boolean | undefined {
  if (!/^[\d\s]+$/.test(map)) return undefined;
  return map.trim().split(/\s+/).join(' ') === '0 0 4294967295';
}

/** MemTotal of /proc/meminfo, in bytes. */
export function parseMemTotal(meminfo: string): bigint | undefined {
  const kib = /^MemTotal:\s+(\d{1,16}) kB$/m.exec(meminfo)?.[1];
  return kib === undefined ? undefined : BigInt(kib) * 1024n;
}

/** A non-empty text of one line. */
export function parseWord(text: string): string | undefined {
  return /^\S+$/.test(text) ? text : undefined;
}
