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

/** How many loads are left: a number, -1 for any (kernel.kexec_load_limit_reboot, Linux 6.3). */
export function parseLoads(text: string): number | undefined {
  return /^(?:-1|\d{1,10})$/.test(text) ? Number(text) : undefined;
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

/** The capabilities that decide here, by their bits (capabilities(7)). */
export interface Capabilities {
  /** Loads kernels. */
  readonly sysBoot: boolean;
  /** Opens /dev/mem. */
  readonly sysRawio: boolean;
  /** Locks more memory than the limit. */
  readonly ipcLock: boolean;
  /** Sees page frames in /proc/self/pagemap. */
  readonly sysAdmin: boolean;
}

/** CapEff of /proc/self/status. */
export function parseCapabilities(line: string): Capabilities | undefined {
  const mask = /^CapEff:\s*([0-9a-f]{1,16})$/.exec(line)?.[1];
  if (mask === undefined) return undefined;
  const has = (bit: bigint): boolean => ((BigInt(`0x${mask}`) >> bit) & 1n) === 1n;
  return { sysBoot: has(22n), sysRawio: has(17n), ipcLock: has(14n), sysAdmin: has(21n) };
}

/** `Seccomp:` of /proc/self/status: 0 where system calls are not filtered (proc(5)). */
export function parseSeccomp(line: string): boolean | undefined {
  const mode = /^Seccomp:\s*([012])$/.exec(line)?.[1];
  return mode === undefined ? undefined : mode !== '0';
}

/** No limit. */
export const UNLIMITED: bigint = 2n ** 64n - 1n;

/** The soft limit of a line of /proc/self/limits, in bytes. */
export function parseLimit(line: string): bigint | undefined {
  const soft = /^[A-Z][a-z ]+?\s{2,}(\d{1,20}|unlimited)\s/.exec(line)?.[1];
  return soft === undefined ? undefined : soft === 'unlimited' ? UNLIMITED : BigInt(soft);
}

/** Who may set io_uring up: `all`, `privileged` (1), `none` (2). */
export type IoUringAccess = 'all' | 'privileged' | 'none';

/** kernel.io_uring_disabled (Documentation/admin-guide/sysctl/kernel.rst). */
export function parseIoUringDisabled(text: string): IoUringAccess | undefined {
  return text === '0' ? 'all' : text === '1' ? 'privileged' : text === '2' ? 'none' : undefined;
}

const AT_PAGESZ = 6n;

/** The page size in an auxiliary vector: pairs of 64-bit words, in the byte order of the kernel (getauxval(3)). */
export function pageSizeIn(auxv: Uint8Array): number | undefined {
  const view = new DataView(auxv.buffer, auxv.byteOffset, auxv.length);
  for (let at = 0; at + 16 <= auxv.length; at += 16)
    for (const isLittle of [true, false])
      if (view.getBigUint64(at, isLittle) === AT_PAGESZ) return Number(view.getBigUint64(at + 8, isLittle));
  return undefined;
}

/** Which of the system calls for kexec a kernel has; undefined where its list of functions does not say so. */
export interface KexecCalls {
  readonly kexecLoad: boolean | undefined;
  readonly kexecFileLoad: boolean | undefined;
}

/** The functions of kexec's system calls in /proc/kallsyms; weak ones (`W`) stand for calls that are not built in. */
export const KEXEC_SYMBOLS: RegExp =
  /^[0-9a-f]+ [a-zA-Z] (?:__(?:arm64|x64)_)?(?:sys|SyS)_kexec_(?:file_)?load(?:\s|$)/;

/** What those lines say. */
export function parseKexecCalls(lines: readonly string[]): KexecCalls | undefined {
  const isThere = (call: string): boolean | undefined => {
    const types = lines.filter((line) => new RegExp(`_${call}(\\s|$)`).test(line)).map((line) => line.split(' ')[1]);
    return types.length === 0 ? undefined : types.some((type) => type !== 'W' && type !== 'w');
  };
  const calls = { kexecLoad: isThere('kexec_load'), kexecFileLoad: isThere('kexec_file_load') };
  return calls.kexecLoad === undefined && calls.kexecFileLoad === undefined ? undefined : calls;
}

/** What kexec_file_load asks of a kernel's signature: nothing, that it is right where there is one, or that there is one. */
export type SignatureRule = 'none' | 'checked' | 'forced';

/** From the configuration of a kernel. */
export function parseSignatureRule(config: string): SignatureRule | undefined {
  if (!/^(# )?CONFIG_[A-Z0-9_]+( is not set$|=)/m.test(config)) return undefined;
  const has = (option: string): boolean => new RegExp(`^CONFIG_${option}=y$`, 'm').test(config);
  return has('KEXEC_SIG_FORCE') ? 'forced' : has('KEXEC_SIG') ? 'checked' : 'none';
}

/** Whether a uid_map is that of the initial user namespace: all 2^32 - 1 ids mapped to themselves (user_namespaces(7)). */
export function parseInitialNamespace(map: string): boolean | undefined {
  if (!/^[\d\s]+$/.test(map)) return undefined;
  return map.trim().split(/\s+/).join(' ') === '0 0 4294967295';
}

/** A line of /proc/meminfo, in bytes. */
export function parseMeminfo(line: string): bigint | undefined {
  const kib = /^\w+:\s+(\d{1,16}) kB$/.exec(line)?.[1];
  return kib === undefined ? undefined : BigInt(kib) * 1024n;
}

/** A non-empty text of one line. */
export function parseWord(text: string): string | undefined {
  return /^\S+$/.test(text) ? text : undefined;
}

/** A module of the kernel. */
export interface LoadedModule {
  readonly name: string;
  /** Bytes of its code and data. */
  readonly size: number;
}

/** A line of /proc/modules. */
export function parseModule(line: string): LoadedModule | undefined {
  const match = /^(\S+) (\d{1,10}) /.exec(line);
  return match === null ? undefined : { name: match[1] ?? '', size: Number(match[2]) };
}
