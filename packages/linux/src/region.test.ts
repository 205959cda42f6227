import { ensureNode, parseFdt, removeProperty, serializeFdt, setProperty, stringValue, u64Value } from '@kexeckit/fdt';
import { parseIomem, printIomem, type Range, rangeSize, rolesOf } from '@kexeckit/ioport';
import { minimalDeviceTree } from '@kexeckit/reboot';
import { setRegionNode } from '@kexeckit/relocation';
import { describe, expect, test } from 'vitest';
import { describeHost } from './describe.ts';
import { keptRegion, loadableCrashRegion, noteRegion, reserveOtherCrashRegions } from './region.ts';
import { hostWith } from './testing/tree.ts';

const RAM = { start: 0x4000_0000n, end: 0x7fff_ffffn };
const limited = '09000000-09000fff : pl011@9000000\n40000000-4fffffff : System RAM\n';
const host = { cmdline: 'quiet mem=256M', efi: false };

/** The tree of a machine where something is reserved. */
function treeWith(...reserved: readonly Range[]): Uint8Array {
  const fdt = parseFdt(minimalDeviceTree([RAM], 1));
  for (const range of reserved) fdt.reservations.push({ address: range.start, size: rangeSize(range) });
  return serializeFdt(fdt);
}

const found = (iomem: string, dtb: Uint8Array, about: Parameters<typeof keptRegion>[0] = host): Range | undefined =>
  keptRegion(about, parseIomem(iomem), dtb)?.range;

describe('what mem= has cut off', () => {
  test('is a region, in whole units of 2 MiB, clear of what the tree reserves: the largest piece of it', () => {
    expect(found(limited, treeWith())).toEqual({ start: 0x5000_0000n, end: RAM.end });
    const odd = '40000000-4fffefff : System RAM\n';
    expect(found(odd, treeWith({ start: 0x7000_1000n, end: 0x7000_1fffn }))).toEqual({
      start: 0x5000_0000n,
      end: 0x6fff_ffffn,
    });
    // Drivers may have the rest, and the kernel tells.
    const device = `${limited}60000000-7fffffff : framebuffer\n`;
    expect(found(device, treeWith())).toEqual({ start: 0x5000_0000n, end: 0x5fff_ffffn });
  });

  test.each<[why: string, about: Parameters<typeof keptRegion>[0]]>([
    ['nobody said mem=', { ...host, cmdline: 'quiet memory=256M' }],
    ...['mem=0', 'mem=', 'mem', 'mem=64G', 'mem=128M', 'mem=nonsense', 'mem=256M mem=64G'].map(
      (cmdline): [string, typeof host] => [`${cmdline} does not explain it`, { ...host, cmdline }],
    ),
    ['the command line is not known', { ...host, cmdline: undefined }],
    ['UEFI tells of memory', { ...host, efi: true }],
    ['whether UEFI does is not known', { ...host, efi: undefined }],
  ])('is none where %s', (_, about) => {
    expect(found(limited, treeWith(), about)).toBeUndefined();
  });

  test.each(['linux,usable-memory-range', 'linux,elfcorehdr'])('is none in a capture kernel: %s', (name) => {
    const fdt = parseFdt(treeWith());
    setProperty(ensureNode(fdt, '/chosen'), name, Uint8Array.of(...u64Value(0x4000_0000n), ...u64Value(0x1000_0000n)));
    expect(found(limited, serializeFdt(fdt))).toBeUndefined();
  });

  test('is none where no two halves are left of it, or the tree cannot be read', () => {
    expect(found('40000000-7fdfffff : System RAM\n', treeWith())).toBeUndefined();
    expect(found(limited, Uint8Array.of(1, 2, 3))).toBeUndefined();
  });
});

describe('what a node of ours keeps', () => {
  const region = { start: 0x6000_0000n, end: 0x67ff_ffffn };
  const fdt = parseFdt(treeWith());
  setRegionNode(fdt, region);
  const dtb = serializeFdt(fdt);
  const about = { cmdline: 'quiet', efi: true };
  const followed = '40000000-5fffffff : System RAM\n60000000-6fffffff : reserved\n70000000-7fffffff : System RAM\n';

  test('is a region where the kernel has followed it', () => {
    expect(found(followed, dtb, about)).toEqual(region);
    expect(found('40000000-7fffffff : System RAM\n', dtb, about)).toBeUndefined();
    expect(found('40000000-7fffffff : System RAM\n  60000000-67ffffff : reserved\n', dtb, about)).toBeUndefined();
  });

  test('is none where Linux ignores what it stands in', () => {
    for (const lacks of ['ranges', '#address-cells', '#size-cells']) {
      const spoilt = parseFdt(dtb);
      removeProperty(ensureNode(spoilt, '/reserved-memory'), lacks);
      expect(found(followed, serializeFdt(spoilt), about)).toBeUndefined();
    }
  });

  test('has another name in the map then, and what is beside it keeps its own', () => {
    const memory = parseIomem(followed);
    noteRegion(memory, { range: region, why: '' });
    expect(printIomem(memory)).toBe(followed.replace('60000000-6f', '60000000-67ffffff : Kexec kernel\n68000000-6f'));
    expect(rolesOf(memory).map(({ role }) => role)).toEqual(['usable', 'kexec region', 'no-map', 'usable']);
  });

  test.each([
    ['to the end of the second', '67ffffff : reserved\n68', 0x6fff_ffffn],
    ['into the second', '60ffffff : reserved\n61', 0x67ff_ffffn],
    ['over three', '60ffffff : reserved\n61000000-61ffffff : reserved\n62', 0x67ff_ffffn],
  ])('may lie in adjacent lines: %s', async (_, lines, end) => {
    const iomem = followed.replace('6fffffff : reserved', `${lines}000000-6fffffff : reserved`);
    const tree = parseFdt(treeWith());
    setRegionNode(tree, { start: 0x6000_0000n, end });
    const { memory } = describeHost(await hostWith({ '/proc/iomem': iomem, '/sys/firmware/fdt': serializeFdt(tree) }));
    const rest = end < 0x6fff_ffffn ? '68000000-6fffffff : reserved\n' : '';
    const noted = followed.replace(
      '60000000-6fffffff : reserved\n',
      `60000000-${end.toString(16)} : Kexec kernel\n${rest}`,
    );
    expect(printIomem(memory)).toBe(noted);
  });

  test('is not what another node of no-map keeps', () => {
    const other = parseFdt(treeWith());
    setRegionNode(other, region);
    setProperty(ensureNode(other, '/reserved-memory/kexec-region@60000000'), 'compatible', stringValue('vendor,tee'));
    expect(found(followed, serializeFdt(other), about)).toBeUndefined();
    setProperty(ensureNode(other, '/reserved-memory/tee@70000000'), 'reg', u64Value(0));
    expect(found(followed, serializeFdt(other), about)).toBeUndefined();
  });
});

test('a kernel that has a region of its own tells the next one by its parameter', async () => {
  const iomem = '40000000-7fffffff : System RAM\n  60000000-67ffffff : Kexec kernel\n';
  expect(describeHost(await hostWith({ '/proc/iomem': iomem })).nextRegion.kexeckernel).toBe('other half');
  expect(describeHost(await hostWith()).nextRegion.kexeckernel).toBe('node');
});

test.each([
  ['77fff7ff', '70000000-77ffefff : Crash kernel', '77fff000-77fff7ff : reserved'],
  ['77a11ffe', '70000000-77a10fff : Crash kernel', '77a11000-77a11ffe : reserved'],
  ['77ffffff', '70000000-77ffffff : Crash kernel', undefined],
  ['700007ff', undefined, '70000000-700007ff : reserved'],
])('a crash region that ends at %s is planned with in whole pages', async (end, region, rest) => {
  const size = BigInt(`0x${end}`) - 0x7000_0000n + 1n;
  const described = describeHost(
    await hostWith({
      '/proc/iomem': `40000000-7fffffff : System RAM\n  70000000-${end} : Crash kernel\n`,
      '/sys/kernel/kexec_crash_size': `${size}\n`,
      '/sys/firmware/fdt': treeWith(),
    }),
  );
  const lines = printIomem(described.memory)
    .split('\n')
    .map((line) => line.trim());
  if (region !== undefined) expect(lines).toContain(region);
  else expect(lines.join()).not.toContain('Crash kernel');
  if (rest !== undefined) expect(lines).toContain(rest);
});

describe('of two crash regions, Linux loads into the upper one', () => {
  const low = '  50000000-57ffffff : Crash kernel\n';
  const high = (end: string): string => `  70000000-${end} : Crash kernel\n`;
  const map = (...lines: string[]): string => ['40000000-7fffffff : System RAM\n', ...lines].join('');
  const size = (mebibytes: bigint) => ({ kexecCrashSize: mebibytes << 20n });

  test.each<[what: string, about: { kexecCrashSize: bigint | undefined }, iomem: string, start: bigint | undefined]>([
    ['both are as large', size(128n), map(low, high('77ffffff')), 0x7000_0000n],
    ['it is smaller', size(16n), map(low, high('70ffffff')), 0x7000_0000n],
    ['the size is that of both', size(144n), map(low, high('70ffffff')), 0x7000_0000n],
    ['nobody told the size', { kexecCrashSize: undefined }, map(low, high('70ffffff')), 0x7000_0000n],
    ['there is one', size(128n), map(low), 0x5000_0000n],
    ['none has the size', size(64n), map(low, high('70ffffff')), undefined],
    ['there is none', size(64n), map(), undefined],
  ])('%s', (_, about, iomem, start) => {
    const memory = parseIomem(iomem);
    const loadable = loadableCrashRegion(about, memory);
    expect(loadable?.start).toBe(start);
    reserveOtherCrashRegions(memory, loadable);
    const shown = iomem
      .split('\n')
      .map((line) =>
        start !== undefined && line.includes(start.toString(16)) ? line : line.replace('Crash kernel', 'reserved'),
      );
    expect(printIomem(memory)).toBe(shown.join('\n'));
  });

  test('one that stands for itself stays RAM', () => {
    const memory = parseIomem(
      '40000000-4fffffff : System RAM\n50000000-57ffffff : Crash kernel\n58000000-7fffffff : System RAM\n',
    );
    reserveOtherCrashRegions(memory, undefined);
    expect(rolesOf(memory).map(({ role }) => role)).toEqual(['usable', 'reserved', 'usable']);
  });

  test('a description says where none is', async () => {
    const iomem = map(low);
    const about = describeHost(await hostWith({ '/proc/iomem': iomem, '/sys/kernel/kexec_crash_size': '4096\n' }));
    expect(about.assumptions.join()).toMatch(/no region for a crash kernel: none .* has the 4096 bytes/);
  });
});
