import { lineMax } from '../crashkernel/kernel.ts';
import { isArm64, kernelVersion } from '../facts.ts';
import type { Host } from '../host.ts';
import type { Attempt, Cause, FileAttempt, NewFlag } from './cause.ts';
import { isTooMuch, tooMuchWords } from './causes.ts';

/** A flag that this kernel is too old for. */
function tooNew(host: Host, { files }: Attempt): NewFlag | undefined {
  const [major, minor] = kernelVersion(host) ?? [Number.POSITIVE_INFINITY, 0];
  return files?.flags.find(({ since }) => major < since[0] || (major === since[0] && minor < since[1]));
}

/** What each architecture's kexec_file_load takes: one kind of file, and x86 has a setup header to tell it by. */
const wantedOn = (host: Host): string => (isArm64(host) === true ? 'a plain arm64 Image' : 'an x86 bzImage');

const isWrongKind = (host: Host, { files }: Attempt): boolean => files !== undefined && files.format !== wantedOn(host);

const kindOf = (host: Host, { files }: Attempt): string =>
  `${files?.kernel ?? 'the file'} is ${files?.format ?? 'no kernel'}, and this kernel takes ${wantedOn(host)}`;

const nameOf = ({ kernel }: FileAttempt): string => kernel;

const TAKES_SIGNED = 'sign it with a key that the running kernel trusts, or take one of the distribution';

/** A kernel whose signature is not accepted; the errno says what is wrong with it. */
const ofSignature = (errno: string, what: string): Cause => ({
  errno,
  calls: ['kexec_file_load'],
  applies: () => true,
  what: (_, { files }) => `${files === undefined ? 'the kernel' : nameOf(files)} ${what}`,
  hint: TAKES_SIGNED,
});

/** Why kexec_file_load fails: the causes with evidence first. */
export const fileCauses: readonly Cause[] = [
  {
    errno: 'ENOEXEC',
    calls: ['kexec_file_load'],
    applies: isWrongKind,
    what: kindOf,
    hint: 'give the file that the boot loader starts, unpacked where the kernel does not unpack it',
  },
  {
    errno: 'ENOEXEC',
    calls: ['kexec_file_load'],
    applies: () => true,
    what: "none of the running kernel's loaders knows this file, or it cannot be relocated",
    hint: 'give the file that the boot loader starts',
  },
  ofSignature('EKEYREJECTED', 'has a signature that does not verify, or whose key was revoked'),
  ofSignature('ENOKEY', 'is signed with a key that the running kernel does not know'),
  ofSignature('ENODATA', 'has no signature, and the running kernel wants one'),
  ofSignature('EBADMSG', 'has a signature that is damaged'),
  ofSignature('ENOPKG', 'is signed in a way that the running kernel does not know: a digest, or a kind of key'),
  ofSignature('ELIBBAD', 'has a PE header that is damaged, or a signature outside of the file'),
  {
    errno: 'ETXTBSY',
    calls: ['kexec_file_load'],
    applies: () => true,
    what: 'somebody has the kernel or the initramfs open to write it',
    hint: 'wait until it is written, then try again',
  },
  {
    errno: 'EINVAL',
    calls: ['kexec_file_load'],
    applies: (host, attempted) => tooNew(host, attempted) !== undefined,
    what: (host, attempted) => {
      const { name, since } = tooNew(host, attempted) ?? { name: 'a flag', since: [] };
      return `${name} is for Linux ${since.join('.')} and later, and this is ${host.osrelease}`;
    },
    hint: 'leave it out',
  },
  {
    errno: 'EINVAL',
    calls: ['kexec_file_load'],
    // With the zero at its end.
    applies: (host, { files }) => files !== undefined && files.cmdline - 1 > (lineMax(host) ?? files.cmdline),
    what: (host, { files }) =>
      `the command line has ${(files?.cmdline ?? 0) - 1} bytes, and the next kernel keeps ${lineMax(host)}`,
    hint: 'leave something out',
  },
  {
    errno: 'EINVAL',
    calls: ['kexec_file_load'],
    applies: isWrongKind,
    what: kindOf,
    hint: 'give the file that the boot loader starts, unpacked where the kernel does not unpack it',
  },
  {
    errno: 'EINVAL',
    calls: ['kexec_file_load'],
    applies: isTooMuch,
    what: tooMuchWords,
    hint: 'load a smaller initramfs',
    fields: ['memTotal'],
  },
  {
    errno: 'EINVAL',
    calls: ['kexec_file_load'],
    applies: () => undefined,
    what: 'the kernel refuses the file: its header is damaged, or it is for another page size or byte order',
    hint: 'see dmesg, where --kexec-debug tells more',
  },
  {
    errno: 'EADDRNOTAVAIL',
    calls: ['kexec_file_load'],
    applies: () => true,
    what: 'the kernel finds no hole in its memory that kernel or initramfs fit',
    hint: 'load a smaller initramfs, or free some memory',
  },
  {
    errno: 'ENOSYS',
    calls: ['kexec_file_load'],
    applies: ({ kexecCalls }) => (kexecCalls?.kexecFileLoad === undefined ? undefined : !kexecCalls.kexecFileLoad),
    what: 'the kernel has no kexec_file_load (CONFIG_KEXEC_FILE)',
    hint: 'use kexec_load where it is allowed, or another kernel',
    fields: ['kexecCalls'],
  },
];
