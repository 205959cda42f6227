import { expect, test } from 'vitest';
import type { Host } from './host.ts';
import { collectHost, readBundle } from './index.ts';
import { type Files, healthy, hostWith, plant } from './testing/tree.ts';

const RELEASE = '6.12.41-cloud-arm64';
const LINES = [
  `[    0.000000] Linux version ${RELEASE} (x@y) (gcc) #1 SMP`,
  '[    0.000000] crashkernel reserved: 0x00000000b0000000 - 0x00000000c0000000 (256 MB)',
  '[    0.000000] Zone ranges:',
  '[    0.000000]   DMA      [mem 0x0000000040000000-0x00000000ffffffff]',
  '[    0.000000]   DMA32    empty',
  '[    0.000000]   Normal   [mem 0x0000000100000000-0x000000023fffffff]',
  '[    0.000000] Kernel command line: console=hvc0 root=/dev/xvda1',
  '[    0.000000] Memory: 8000000K/8388608K available (1K kernel code)',
  '[    1.000000] usb 1-1: SerialNumber: secret',
];
const printed = `${LINES.join('\n')}\n`;
const records = LINES.map((line, at) => `6,${at},0,-;${line.slice(15)}\n SUBSYSTEM=x\n`).join('');
const ALL = [0, 1, 3, 4, 5, 6, 7].map((at) => LINES[at]?.slice(15));
const ended = '6,9000,99,-;something: crashkernel is gone\n';

const logOf = async (changes: Files): Promise<Host['bootLog']> => (await hostWith(changes)).bootLog;

test.each<[name: string, changes: Files, lines: Host['bootLog']]>([
  ['the kernel’s own log', { '/dev/kmsg': records }, ALL.filter((line) => line !== undefined)],
  ['what was saved at boot', { '/var/log/dmesg': printed }, ALL.filter((line) => line !== undefined)],
  [
    'a ring that has lost it',
    { '/dev/kmsg': ended, '/var/log/dmesg': printed },
    ALL.filter((one) => one !== undefined),
  ],
  ['a ring that has lost it, and nothing else', { '/dev/kmsg': ended }, undefined],
  ['a file of another kernel', { '/var/log/dmesg': printed, '/proc/sys/kernel/osrelease': '6.1.0\n' }, undefined],
  [
    'a file of a command line that is the front of this one',
    { '/var/log/dmesg': printed, '/proc/cmdline': 'console=hvc0 root=/dev/xvda1 mem=1G\n' },
    undefined,
  ],
  ['a file of two boots', { '/var/log/dmesg': printed + printed.replace(RELEASE, '6.1.0') }, undefined],
  ['a file that lost its command line', { '/var/log/dmesg': printed.replace(/.*command line.*\n/, '') }, undefined],
  ['a file with an empty command line', { '/var/log/dmesg': printed.replace(/(command line: ).*/, '$1') }, undefined],
  [
    'what programs write to the log',
    {
      '/dev/kmsg': `${records}12,900,5,-;kdump-tools[512]: no crashkernel= parameter\n9,901,5,-;crashkernel is mine\n`,
    },
    ALL.filter((one) => one !== undefined),
  ],
  [
    'what programs write into a file',
    {
      '/var/log/dmesg': `${printed}[    5.000000] kdump-tools[512]: no crashkernel= parameter\n<12>[    5.1] crashkernel\n`,
    },
    ALL.filter((one) => one !== undefined),
  ],
  ['a file of another command line', { '/var/log/dmesg': printed, '/proc/cmdline': 'mem=1G\n' }, undefined],
  ['none', {}, undefined],
])('%s', async (_, changes, lines) => {
  expect(await logOf(changes)).toEqual(lines);
});

test('a file counts whose line was cut by the log, as long as it is', async () => {
  const cmdline = `console=hvc0 ${'x=0123456789 '.repeat(120)}`.trim();
  const cutAt = (length: number): Files => ({
    '/proc/cmdline': `${cmdline}\n`,
    '/var/log/dmesg': printed.replace(/(Kernel command line: ).*/, `$1${cmdline.slice(0, length)}`),
  });
  expect(await logOf(cutAt(976 - 21))).toHaveLength(ALL.length);
  expect(await logOf(cutAt(500))).toBeUndefined();
});

test('why there is none is said', async () => {
  expect((await hostWith({ '/dev/kmsg': ended })).unread.bootLog).toMatchObject({ code: 'ENODATA' });
  expect((await hostWith()).unread.bootLog).toMatchObject({ code: 'ENOENT', path: '/dev/kmsg' });
});

test('a bundle has the lines that decide, and no others', async () => {
  const root = await plant({ ...healthy, '/dev/kmsg': records });
  const { host, bundle } = await collectHost({ root });
  expect(new TextDecoder().decode(bundle)).not.toContain('secret');
  expect((await readBundle(bundle)).host.bootLog).toEqual(host.bootLog);
});
