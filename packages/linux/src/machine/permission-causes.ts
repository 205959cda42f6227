import { isBefore, kernelVersion } from '../facts.ts';
import type { Host } from '../host.ts';
import { LIMIT_REMEDY, loadLimit } from '../load-limits.ts';
import type { SystemCall } from '../syscalls/numbers.ts';
import type { Attempt, Cause, Verdict } from './cause.ts';

/** Both, as most rules are for either. */
const LOADS: readonly SystemCall[] = ['kexec_load', 'kexec_file_load'];

const not = (value: boolean | undefined): Verdict => (value === undefined ? undefined : !value);

/** A filter, or a module that is active, may be it; without one it is not. */
const maybe = (isThere: boolean | undefined): Verdict => (isThere === false ? false : undefined);

const isLocked = ({ lockdown }: Host): Verdict => (lockdown === undefined ? undefined : lockdown !== 'none');

/** Whether a security module of one of these names is active. */
export const hasModule = ({ securityModules }: Host, ...names: readonly string[]): boolean | undefined =>
  securityModules?.some((name) => names.includes(name));

/** Whether IMA is active. It is among the security modules since 6.9; before, nothing that is read says whether a kernel has it. */
export function hasIma(host: Host): boolean | undefined {
  const version = kernelVersion(host);
  if (hasModule(host, 'ima')) return true;
  return version === undefined || isBefore(version, [6, 9]) ? undefined : hasModule(host, 'ima');
}

/** Under Secure Boot a kernel that checks signatures has IMA refuse what comes without a file (ima_load_data). */
export function wantsFile(host: Host): Verdict {
  if (hasIma(host) === false || host.secureBoot === false || host.signatureRule === 'none') return false;
  return host.secureBoot === true && host.signatureRule !== undefined ? true : undefined;
}

const nameOf = ({ files }: Attempt): string => files?.kernel ?? 'the kernel';

const BY_FILE = 'load the files themselves, signed, with --kexec-file';
const BY_RULE = 'see dmesg and the audit log (ausearch -m integrity_data,avc), and the rules in /etc/ima/ima-policy';

/** Why the kernel does not permit it, in the order in which it asks. */
export const permissionCauses: readonly Cause[] = [
  {
    errno: 'EPERM',
    applies: ({ initialNamespace }) => not(initialNamespace),
    what: 'this process is in a user namespace of its own',
    hint: 'run it on the host itself, not in a container',
    fields: ['initialNamespace'],
  },
  {
    errno: 'EPERM',
    applies: ({ capabilities }) => not(capabilities?.sysBoot),
    what: 'this process has no CAP_SYS_BOOT',
    hint: 'run it as root',
    fields: ['capabilities'],
  },
  {
    errno: 'EPERM',
    calls: LOADS,
    applies: ({ kexecLoadDisabled }) => kexecLoadDisabled,
    what: 'loading is switched off until the next boot: kernel.kexec_load_disabled',
    hint: 'nothing can switch it on again; boot the next kernel the slow way',
    fields: ['kexecLoadDisabled'],
  },
  {
    errno: 'EPERM',
    calls: LOADS,
    applies: (host, { slot = 'next' }) => loadLimit(host, slot).left === 0,
    what: (host, { slot = 'next' }) =>
      `as many images were loaded and unloaded as may be until the next boot: ${loadLimit(host, slot).name} is 0`,
    hint: LIMIT_REMEDY,
  },
  {
    errno: 'EPERM',
    calls: ['kexec_load'],
    applies: isLocked,
    what: 'the kernel is locked down, and takes signed kernels through kexec_file_load only',
    hint: `boot with lockdown off, or ${BY_FILE}`,
    fields: ['lockdown'],
  },
  {
    errno: 'EPERM',
    calls: ['kexec_file_load'],
    applies: (host, { unloads }) => (unloads ? false : isLocked(host)),
    what: ({ lockdown = 'not known' }, attempted) =>
      `lockdown is ${lockdown}, and ${nameOf(attempted)} has no signature that the running kernel accepts`,
    hint: 'sign it with a key that the running kernel trusts, or take one of the distribution',
    fields: ['lockdown'],
  },
  {
    errno: 'EPERM',
    calls: LOADS,
    applies: (host) => maybe(hasModule(host, 'loadpin')),
    what: 'LoadPin takes kernels from one file system only, and none without a file',
    hint: "put the files where the running kernel's modules are, and add --kexec-file",
    fields: ['securityModules'],
  },
  {
    errno: 'EPERM',
    applies: ({ seccomp }) => maybe(seccomp),
    what: 'a filter keeps this system call from the process',
    hint: 'run it on the host itself: containers and services have such filters',
    fields: ['seccomp'],
  },
  {
    errno: 'EACCES',
    calls: ['kexec_load'],
    applies: wantsFile,
    what: 'Secure Boot is on, and the kernel checks signatures: it takes no image without a file that it can check',
    hint: BY_FILE,
    fields: ['secureBoot', 'signatureRule'],
  },
  {
    errno: 'EACCES',
    calls: ['kexec_load'],
    applies: (host) => maybe(hasIma(host)),
    what: 'a rule of IMA wants kernels to be appraised, which one without a file cannot be',
    hint: `${BY_FILE}; ${BY_RULE}`,
    fields: ['securityModules'],
  },
  {
    errno: 'EACCES',
    calls: ['kexec_file_load'],
    applies: (host) => maybe(hasIma(host)),
    what: (_, attempted) =>
      `a rule of IMA wants a signature in security.ima, and ${nameOf(attempted)} or the initramfs has none that it accepts`,
    hint: `sign both (evmctl ima_sign); ${BY_RULE}`,
    fields: ['securityModules', 'secureBoot'],
  },
  {
    errno: 'EACCES',
    calls: LOADS,
    applies: (host) => maybe(hasModule(host, 'selinux', 'smack', 'tomoyo', 'bpf')),
    what: 'a rule of a security module forbids this process to load kernels',
    hint: 'see the audit log (ausearch -m avc); run it unconfined',
    fields: ['securityModules'],
  },
  {
    errno: 'ENOSYS',
    calls: LOADS,
    applies: ({ seccomp, kexecCalls }, { files }) =>
      (files === undefined ? kexecCalls?.kexecLoad : kexecCalls?.kexecFileLoad) === false ? false : maybe(seccomp),
    what: 'a filter hides this system call from the process',
    hint: 'run it on the host itself: containers and services have such filters',
    fields: ['seccomp'],
  },
];
