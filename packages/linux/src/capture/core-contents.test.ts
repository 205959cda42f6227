import { parseIomem } from '@kexeckit/ioport';
import { describe, expect, test } from 'vitest';
import { kcoreWith } from '../testing/core.ts';
import { type Files, plant } from '../testing/tree.ts';
import { coreLoads, readCoreContents } from './core-contents.ts';
import { addressMapOf, readAddressMap } from './vmcoreinfo.ts';

const iomem = parseIomem(
  [
    '40000000-7fffffff : System RAM',
    '  40210000-415fffff : Kernel code',
    '  41600000-419fffff : reserved',
    '  41a00000-41cfffff : Kernel data',
    '  70000000-77ffffff : Crash kernel',
    '100000000-13fffffff : System RAM',
    '  138000000-13fffffff : Crash kernel',
    '',
  ].join('\n'),
);

// As a 6.1 with 48 bits says it, at KASLR's choice.
const vmcoreinfo = [
  'OSRELEASE=6.1.0-50-arm64',
  'NUMBER(VA_BITS)=48',
  'NUMBER(kimage_voffset)=0xffffa1ef80000000',
  'NUMBER(PHYS_OFFSET)=0x40000000',
  'KERNELOFFSET=21ef78000000',
].join('\n');

const notes: Files = {
  '/sys/devices/system/cpu/cpu0/crash_notes': '    bf5d0400\n',
  '/sys/devices/system/cpu/cpu0/crash_notes_size': '424\n',
  '/sys/devices/system/cpu/cpu10/crash_notes': 'bf5ef400\n',
  '/sys/devices/system/cpu/cpu10/crash_notes_size': '424\n',
  '/sys/devices/system/cpu/cpu2/crash_notes': 'bf5de400\n',
  '/sys/devices/system/cpu/cpu2/crash_notes_size': '424\n',
  '/sys/devices/system/cpu/cpu3/': '',
  '/sys/devices/system/cpu/cpufreq/': '',
  '/sys/devices/system/cpu/online': '0,2,10\n',
  '/sys/kernel/vmcoreinfo': '0x0000000046f35000 1024\n',
};

test('a dump has the kernel at its own addresses, and all System RAM but every crash region', () => {
  expect(coreLoads(iomem, addressMapOf(vmcoreinfo))).toEqual([
    { address: 0x4021_0000n, size: 0x1af_0000n, virtual: 0xffff_a1ef_c021_0000n },
    { address: 0x4000_0000n, size: 0x3000_0000n, virtual: 0xffff_0000_0000_0000n },
    { address: 0x7800_0000n, size: 0x800_0000n, virtual: 0xffff_0000_3800_0000n },
    { address: 0x1_0000_0000n, size: 0x3800_0000n, virtual: 0xffff_0000_c000_0000n },
  ]);
});

test('a dump has the memory that drivers have added, wherever it is listed, once', () => {
  const added = parseIomem(
    [
      '40000000-7fffffff : System RAM',
      '  60000000-67ffffff : Crash kernel',
      '  68000000-6fffffff : System RAM',
      '80000000-87ffffff : System RAM (virtio_mem)',
      '140000000-1ffffffff : Persistent Memory',
      '  140000000-15fffffff : dax0.0',
      '    140000000-14fffffff : System RAM (kmem)',
      '200000000-2ffffffff : virtio0',
      '  210000000-21fffffff : System RAM',
      '    218000000-218ffffff : Crash kernel',
      '',
    ].join('\n'),
  );
  expect(coreLoads(added, undefined).map(({ address, size }) => [address, size])).toEqual([
    [0x4000_0000n, 0x2000_0000n],
    [0x6800_0000n, 0x1800_0000n],
    [0x8000_0000n, 0x800_0000n],
    [0x1_4000_0000n, 0x1000_0000n],
    [0x2_1000_0000n, 0x800_0000n],
    [0x2_1900_0000n, 0x700_0000n],
  ]);
});

test('without an address map, virtual addresses are left open', () => {
  expect(coreLoads(iomem, undefined).map(({ address, virtual }) => [address, virtual])).toEqual([
    [0x4000_0000n, 0n],
    [0x7800_0000n, 0n],
    [0x1_0000_0000n, 0n],
  ]);
});

test('a kernel for 52 bits on a CPU for 48 has a PHYS_OFFSET below zero', () => {
  const map = addressMapOf('NUMBER(VA_BITS)=52\nNUMBER(kimage_voffset)=0x1\nNUMBER(PHYS_OFFSET)=0xfff1000040000000\n');
  expect(BigInt.asUintN(64, 0x4000_0000n + (map?.linear ?? 0n))).toBe(0xffff_0000_0000_0000n);
});

test.each([
  ['', 'nothing'],
  ['NUMBER(VA_BITS)=48\nNUMBER(PHYS_OFFSET)=0x0', 'one is missing'],
  [vmcoreinfo.replace('=48', '=64'), 'more bits than there are'],
])('no address map: %j (%s)', (text) => {
  expect(addressMapOf(text)).toBeUndefined();
});

describe('read from a host', () => {
  test('notes in the order of the CPUs, vmcoreinfo last', async () => {
    const root = await plant({ ...notes, '/proc/kcore': kcoreWith(vmcoreinfo) });
    const contents = await readCoreContents(root, iomem);
    expect(contents.notes).toEqual([
      { address: 0xbf5d_0400n, size: 424n },
      { address: 0xbf5d_e400n, size: 424n },
      { address: 0xbf5e_f400n, size: 424n },
      { address: 0x46f3_5000n, size: 0x1024n },
    ]);
    expect(contents.loads).toEqual(coreLoads(iomem, addressMapOf(vmcoreinfo)));
  });

  test.each<[why: string, changes: Files, code: string]>([
    ['no vmcoreinfo', { '/sys/kernel/vmcoreinfo': null }, 'ENOENT'],
    ['an address that is hidden', { '/sys/devices/system/cpu/cpu2/crash_notes': '0\n' }, 'EIO'],
    [
      'a kernel without notes',
      Object.fromEntries(['cpu0', 'cpu2', 'cpu10'].map((cpu) => [`/sys/devices/system/cpu/${cpu}/crash_notes`, null])),
      'ENOENT',
    ],
  ])('%s', async (_, changes, code) => {
    const root = await plant({ ...notes, ...changes });
    await expect(readCoreContents(root, iomem)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/^a dump cannot be described, because \/sys/),
    });
  });

  test.each<[why: string, kcore: Uint8Array | null]>([
    ['none', null],
    ['empty', new Uint8Array()],
    ['cut short', kcoreWith(vmcoreinfo).subarray(0, 100)],
    ['something else', new Uint8Array(200)],
    ['without vmcoreinfo', kcoreWith('')],
  ])('kcore: %s', async (_, kcore) => {
    const root = await plant({ '/proc/': '', '/proc/kcore': kcore });
    expect(await readAddressMap(root)).toMatchObject({ ok: false, unread: { path: '/proc/kcore' } });
  });
});
