import { gunzipSync } from 'node:zlib';
import type { HostFiles } from './files/host-files.ts';
import { readText, readValue, type Wanted } from './read-value.ts';
import { firstOf, known, latin1, type Reading, unknown } from './reading.ts';
import {
  type IoUringAccess,
  KEXEC_SYMBOLS,
  type KexecCalls,
  type LoadedModule,
  pageSizeIn,
  parseKexecCalls,
  parseModule,
  parseSignatureRule,
  type SignatureRule,
} from './values.ts';
import { wanted } from './wanted.ts';

/** Values that do not simply stand in one file. */

/** The kernel's own word first (Linux 6.1 and later): `uname -m` differs for a process with another personality. */
export async function architecture(files: HostFiles): Promise<Reading<string>> {
  const said = await readValue(files, '/proc/sys/kernel/arch', wanted.architecture);
  if (said.ok || files.machine === undefined) return said;
  return known(files.machine, { path: 'uname -m', text: files.machine });
}

/** Newer kernels have these files in a folder of their own. */
export function kexec<T>(files: HostFiles, name: string, what: Wanted<T>): Promise<Reading<T>> {
  return firstOf(
    () => readValue(files, `/sys/kernel/kexec_${name}`, what),
    () => readValue(files, `/sys/kernel/kexec/${name}`, what),
  );
}

/** A kernel without CMA has no line for it. */
export async function cmaTotal(files: HostFiles): Promise<Reading<bigint>> {
  const path = '/proc/meminfo';
  const total = await readValue(files, path, wanted.cmaTotal);
  if (total.ok) return total;
  const text = await readText(files, path);
  return text.ok && /^MemTotal:/m.test(text.value) && !/^CmaTotal:/m.test(text.value)
    ? known(0n, { path, text: 'it has no CmaTotal' })
    : total;
}

/** Each line of /proc/modules begins with a name and a size. */
export async function modules(files: HostFiles): Promise<Reading<readonly LoadedModule[]>> {
  const path = '/proc/modules';
  const text = await readText(files, path);
  if (!text.ok) return text;
  const lines = text.value.split('\n').filter((line) => line !== '');
  const loaded = lines.map(parseModule).filter((module) => module !== undefined);
  return loaded.length < lines.length
    ? unknown(path, 'EINVAL', 'it is not a list of modules')
    : known(loaded, { path, text: `${loaded.length} modules` });
}

/** A kernel without IOMMUs has no folder for them. */
export async function smmu(files: HostFiles): Promise<Reading<boolean>> {
  const path = '/sys/class/iommu';
  const found = await files.list(path);
  if (!found.ok) return found;
  const one = found.value.find(({ name }) => name.startsWith('smmu'));
  return known(one !== undefined, { path, text: one === undefined ? 'it has no smmu' : `it has ${one.name}` });
}

export async function kexecCalls(files: HostFiles): Promise<Reading<KexecCalls>> {
  const path = '/proc/kallsyms';
  const lines = await files.find(path, KEXEC_SYMBOLS, 2);
  if (!lines.ok) return lines;
  const calls = parseKexecCalls(lines.value);
  return calls === undefined
    ? unknown(path, 'EINVAL', 'it does not list the system calls for kexec')
    : known(calls, { path, text: lines.value.map((line) => line.replace(/^\S+ /, '')).join('; ') });
}

/** A release as Linux can have one, and which is a name in a folder. */
const FILE_NAME = /^(?!\.{1,2}$)[^/]{1,64}$/;

/** More than the configuration of any kernel. */
const CONFIG_MAX = 4 * 2 ** 20;

/** What the configuration of the running kernel says, wherever it is kept. */
export function signatureRule(files: HostFiles, release: string | undefined): Promise<Reading<SignatureRule>> {
  const kept =
    release !== undefined && FILE_NAME.test(release)
      ? [`/boot/config-${release}`, `/lib/modules/${release}/config`]
      : [];
  return firstOf(
    () => packedConfig(files),
    ...kept.map((path) => async (): Promise<Reading<SignatureRule>> => {
      const rule = await readValue(files, path, wanted.signatureRule);
      return rule.ok ? known(rule.value, signatureEvidence(path, rule.value)) : rule;
    }),
  );
}

const signatureEvidence = (path: string, rule: SignatureRule) => ({
  path,
  text: {
    forced: 'CONFIG_KEXEC_SIG_FORCE=y',
    checked: 'CONFIG_KEXEC_SIG=y, CONFIG_KEXEC_SIG_FORCE is not set',
    none: 'CONFIG_KEXEC_SIG is not set',
  }[rule],
});

async function packedConfig(files: HostFiles): Promise<Reading<SignatureRule>> {
  const path = '/proc/config.gz';
  const packed = await files.read(path);
  if (!packed.ok) return packed;
  try {
    const rule = parseSignatureRule(latin1(gunzipSync(packed.value, { maxOutputLength: CONFIG_MAX })));
    if (rule !== undefined) return known(rule, signatureEvidence(path, rule));
  } catch {
    // Said below.
  }
  return unknown(path, 'EINVAL', 'it is not the configuration of a kernel');
}

const CPUS = '/sys/devices/system/cpu';

/** A CPU that can be taken offline has a file for that. */
export async function cpusFixed(files: HostFiles): Promise<Reading<readonly number[]>> {
  const folders = await files.list(CPUS);
  if (!folders.ok) return folders;
  const cpus = folders.value.flatMap(({ name }) => (/^cpu\d{1,6}$/.test(name) ? [Number(name.slice(3))] : []));
  if (cpus.length === 0) return unknown(CPUS, 'ENOENT', 'it has no folder of a CPU');
  const fixed: number[] = [];
  for (const cpu of cpus.sort((a, b) => a - b)) {
    const control = await files.exists(`${CPUS}/cpu${cpu}/online`);
    if (!control.ok) return control;
    if (!control.value) fixed.push(cpu);
  }
  const text =
    fixed.length === 0
      ? 'each CPU has a file online'
      : `no file online in ${fixed.map((cpu) => `cpu${cpu}`).join(', ')}`;
  return known(fixed, { path: CPUS, text });
}

export async function kvm(files: HostFiles): Promise<Reading<boolean>> {
  const path = '/sys/devices/virtual/misc';
  const devices = await files.list(path);
  if (!devices.ok) return devices;
  const runs = devices.value.some(({ name }) => name === 'kvm');
  return known(runs, { path, text: runs ? 'it has kvm' : 'it has no kvm' });
}

/** A kernel without user namespaces has no uid_map: there everyone is in the initial one. */
export async function initialNamespace(files: HostFiles): Promise<Reading<boolean>> {
  const map = await readValue(files, '/proc/self/uid_map', wanted.initialNamespace);
  if (map.ok || map.unread.code !== 'ENOENT') return map;
  const self = await files.exists('/proc/self/status');
  return self.ok && self.value ? known(true, { path: '/proc/self/uid_map', text: 'it does not exist' }) : map;
}

/** Every io_uring has memory of this cache; where caches are shared, it is a link. */
export async function ioUring(files: HostFiles): Promise<Reading<boolean>> {
  const path = '/sys/kernel/slab';
  const caches = await files.list(path);
  if (!caches.ok) return caches;
  if (caches.value.length === 0) return unknown(path, 'ENOENT', 'the folder is empty');
  const isThere = caches.value.some(({ name }) => name === 'io_kiocb');
  return known(isThere, { path, text: isThere ? 'it has io_kiocb' : 'it has no io_kiocb' });
}

/** Kernels before 6.6 have no switch. */
export async function ioUringAccess(files: HostFiles): Promise<Reading<IoUringAccess>> {
  const path = '/proc/sys/kernel/io_uring_disabled';
  const access = await readValue(files, path, wanted.ioUringAccess);
  if (access.ok || access.unread.code !== 'ENOENT') return access;
  const others = await files.exists('/proc/sys/kernel/osrelease');
  return others.ok && others.value ? known('all', { path, text: 'it does not exist' }) : access;
}

/** Where there is a process, there is a map of its pages, or none was built in. */
export async function pagemap(files: HostFiles): Promise<Reading<boolean>> {
  const path = '/proc/self/pagemap';
  const map = await files.exists(path);
  if (!map.ok || map.value) return map;
  const self = await files.exists('/proc/self/status');
  return self.ok && self.value ? map : unknown(path, 'ENOENT', 'it does not exist');
}

export async function pageSize(files: HostFiles): Promise<Reading<number>> {
  const path = '/proc/self/auxv';
  const auxv = await files.read(path);
  if (!auxv.ok) return auxv;
  const size = pageSizeIn(auxv.value);
  return size === undefined
    ? unknown(path, 'EINVAL', 'it has no AT_PAGESZ')
    : known(size, { path, text: `AT_PAGESZ ${size}` });
}

const EFIVARS = '/sys/firmware/efi/efivars';
/** EFI_GLOBAL_VARIABLE (UEFI 2.10, 3.3). Linux puts four bytes of attributes before the value. */
const SECURE_BOOT = `${EFIVARS}/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c`;

export async function secureBoot(files: HostFiles): Promise<Reading<boolean>> {
  const variable = await files.read(SECURE_BOOT);
  if (!variable.ok) return variable;
  const [, , , , value] = variable.value;
  return value === 0 || value === 1
    ? known(value === 1, { path: SECURE_BOOT, text: String(value) })
    : unknown(SECURE_BOOT, 'EINVAL', 'it is neither 0 nor 1');
}
