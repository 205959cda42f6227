import { phases } from '@kexeckit/reboot';
import { describe, expect, test } from 'vitest';
import { callFailed } from '../syscalls/kernel.ts';
import type { SystemCall } from '../syscalls/numbers.ts';
import { type Files, hostWith } from '../testing/tree.ts';
import type { Attempt } from './cause.ts';
import { explained } from './explain.ts';

const MEMINFO = 'MemTotal:        1013760 kB\nCmaTotal:          65536 kB\n';
const available = (kib: number): Files => ({ '/proc/meminfo': `${MEMINFO}MemAvailable:    ${kib} kB\n` });
/** As of kernels that do not say what is available. */
const SILENT: Files = { '/proc/meminfo': MEMINFO };
const MODULES = '/sys/kernel/security/lsm';
const EFI = '/sys/firmware/efi';
const SECURE: Files = {
  [MODULES]: 'lockdown,capability,ima',
  [`${EFI}/`]: '',
  [`${EFI}/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c`]: Uint8Array.of(6, 0, 0, 0, 1),
  '/boot/config-6.12.41-cloud-arm64': 'CONFIG_KEXEC=y\nCONFIG_KEXEC_SIG=y\n',
};
const allOn: Files = { '/sys/devices/system/cpu/online': '0-3\n' };
const LOAD: Attempt = { bytes: 64n << 20n, slot: 'next' };
const CRASH: Attempt = { bytes: 64n << 20n, slot: 'crash' };
const FILES: Attempt = {
  bytes: 64n << 20n,
  slot: 'next',
  files: { kernel: '/boot/Image', format: 'a plain arm64 Image', cmdline: 6, flags: [] },
};

async function told(call: SystemCall, errno: string, changes: Files, attempted: Attempt) {
  return explained(callFailed(call, errno), await hostWith(changes), phases.stage, attempted);
}

/** Several candidates, and their hints beside them. */
const several = /which of these it is, is not known: 1\. .*; 2\. /;

test.each<[why: string, call: SystemCall, errno: string, changes: Files, attempted: Attempt, message: RegExp]>([
  ['Secure Boot', 'kexec_load', 'EACCES', SECURE, LOAD, /Secure Boot is on, .* \(.*SecureBoot-.*CONFIG_KEXEC_SIG=y/],
  ['a user namespace', 'kexec_load', 'EPERM', { '/proc/self/uid_map': '0 1000 1\n' }, LOAD, /namespace .*0 1000 1/],
  [
    'a filter, and no other module',
    'kexec_load',
    'EPERM',
    { '/proc/self/status': 'CapEff:\t000001ffffffffff\nSeccomp:\t2\n' },
    LOAD,
    /: a filter keeps .*\(\/proc\/self\/status: Seccomp:\t2\)$/,
  ],
  [
    'no load is left',
    'kexec_load',
    'EPERM',
    { '/proc/sys/kernel/kexec_load_limit_panic': '0\n', '/proc/sys/kernel/kexec_load_limit_reboot': '-1\n' },
    CRASH,
    /kernel\.kexec_load_limit_panic is 0/,
  ],
  ['SELinux', 'kexec_load', 'EACCES', { [MODULES]: 'capability,selinux' }, LOAD, /: a rule of a security module/],
  ['IMA', 'kexec_file_load', 'EACCES', { [MODULES]: 'capability,ima' }, FILES, /: a rule of IMA .*\/boot\/Image or/],
  [
    'little memory',
    'kexec_load',
    'ENOMEM',
    available(50_000),
    LOAD,
    /: the kernel has no memory .*MemAvailable: +50000/,
  ],
  ['much memory', 'kexec_load', 'ENOMEM', available(800_000), LOAD, /: the kernel finds no free pages/],
  ['a full region', 'kexec_load', 'ENOMEM', available(800_000), CRASH, /: the crash region has no room/],
  ['all CPUs answer', 'kexec_load', 'EBUSY', allOn, LOAD, /: another process is loading/],
  [
    'a CPU cannot be stopped',
    'kexec_load',
    'EBUSY',
    { ...allOn, '/sys/devices/system/cpu/cpu2/online': null, '/sys/devices/system/cpu/cpu2/': '' },
    LOAD,
    /: CPU 2 cannot/,
  ],
  // It stops no CPU.
  ['a CPU is off', 'kexec_load', 'EBUSY', {}, CRASH, /: another process is loading/],
  ['a CPU is off', 'kexec_load', 'EBUSY', {}, { slot: 'next', unloads: true }, /: another process is loading/],
  ['nothing is loaded', 'reboot', 'EINVAL', {}, {}, /: no image is loaded any more \(.*kexec_loaded: 0\)/],
  ['loading is off', 'reboot', 'EPERM', { '/proc/sys/kernel/kexec_load_disabled': '1\n' }, {}, /nothing that was read/],
  ['no region', 'kexec_load', 'EADDRNOTAVAIL', {}, CRASH, /: the kernel has no crash region/],
  ['a broken header', 'kexec_file_load', 'EINVAL', {}, FILES, /: the kernel refuses the file/],
  ['a file that is written', 'kexec_file_load', 'ETXTBSY', {}, FILES, /open to write it/],
  ['too much', 'kexec_file_load', 'EINVAL', {}, { ...FILES, bytes: 1n << 30n }, /the files take 1024 MiB: .*495 MiB/],
])('evidence decides: %s (%s: %s)', async (_, call, errno, changes, attempted, message) => {
  const error = await told(call, errno, changes, attempted);
  expect(error).toMatchObject({
    message: expect.stringMatching(message),
    hint: expect.stringMatching(/./),
  });
  expect(error).toMatchObject({ message: expect.not.stringMatching(several) });
});

describe('where evidence does not decide, the candidates are said, each with its remedy', () => {
  test.each<[call: SystemCall, errno: string, changes: Files, attempted: Attempt, order: RegExp]>([
    ['kexec_load', 'ENOMEM', SILENT, LOAD, /1\. the kernel has no memory.*2\. the kernel finds no free pages/],
    [
      'kexec_load',
      'ENOMEM',
      SILENT,
      CRASH,
      /1\. the crash region has no room.*2\. the kernel has no memory for the call/,
    ],
    ['kexec_load', 'EBUSY', {}, LOAD, /1\. a CPU does not answer.*\(.*0-3; .*0-2\).*2\. another process/],
    [
      'kexec_load',
      'EACCES',
      { ...SECURE, [MODULES]: null, '/boot/config-6.12.41-cloud-arm64': null },
      LOAD,
      /1\. .*Secure Boot.*2\. a rule of IMA.*3\. a rule of a security/,
    ],
    [
      'kexec_load',
      'EPERM',
      { [MODULES]: null, '/proc/self/status': null },
      LOAD,
      /1\. .*CAP_SYS_BOOT.*LoadPin.*a filter/,
    ],
    ['kexec_load', 'EINVAL', { '/proc/meminfo': null }, LOAD, /1\. .*half of its RAM.*2\. .*overlap/],
    ['kexec_file_load', 'EACCES', { [MODULES]: null }, FILES, /1\. a rule of IMA.*2\. a rule of a security module/],
    ['reboot', 'EINVAL', { '/sys/kernel/kexec_loaded': '1\n' }, {}, /1\. no image.*2\. .*PID namespace/],
    [
      'mmap',
      'ENOMEM',
      SILENT,
      LOAD,
      /1\. the kernel has no memory.*2\. the kernel promises no more.*3\. this process has reached a limit/,
    ],
  ])('%s: %s', async (call, errno, changes, attempted, order) => {
    expect(await told(call, errno, changes, attempted)).toMatchObject({
      message: expect.stringMatching(order),
      hint: expect.stringMatching(/1\. .*; 2\. /),
    });
  });
});

test.each(['EACCES', 'ENOPKG', 'ELIBBAD', 'ENOKEY'])('%s is a load that is not permitted', async (errno) => {
  expect(await told('kexec_file_load', errno, {}, FILES)).toMatchObject({ code: 'EPERM' });
});
