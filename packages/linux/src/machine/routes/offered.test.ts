import { ensureNode, parseFdt, serializeFdt, setProperty } from '@kexeckit/fdt';
import { minimalDeviceTree } from '@kexeckit/reboot';
import { setRegionNode } from '@kexeckit/relocation';
import { describe, expect, test } from 'vitest';
import { auxv, type Files, hostWith, kallsyms, limits } from '../../testing/tree.ts';
import { defaultRoute, type RouteName, routesOf, whyByFiles } from './offered.ts';

const DT = '/sys/firmware/devicetree/base';
const NO_CAPABILITY = 'Name:\tnode\nCapEff:\t0000000000400000\nSeccomp:\t0\n';
const REGION: Files = { '/sys/kernel/kexec_crash_size': '268435456\n', '/proc/cmdline': 'crashkernel=256M\n' };
const FILE_LOAD: Files = { '/proc/kallsyms': kallsyms('T', 'T') };
/** So many KiB are available. */
const memory = (kib: number): Files => ({
  '/proc/meminfo': `MemTotal: 1013760 kB\nMemAvailable: ${kib} kB\nCmaTotal: 0 kB\n`,
});
const LIMIT = '/proc/sys/kernel/kexec_load_limit';
const LOCKED: Files = { '/sys/kernel/security/lockdown': 'none [integrity] confidentiality\n' };
const ITS: Files = { [`${DT}/intc@8000000/its@8080000/compatible`]: 'arm,gic-v3-its\0' };
/** Twice the RAM that the map shows. */
const twice = { start: 0x4000_0000n, end: 0xbfff_ffffn };

/** A machine whose Linux has kept away from the region of a node of ours. */
function withRegion(mebibytes = 256n): Files {
  const fdt = parseFdt(minimalDeviceTree([twice], 4));
  setRegionNode(fdt, { start: 0x9000_0000n, end: 0x9000_0000n + (mebibytes << 20n) - 1n });
  const iomem = [
    '40000000-8fffffff : System RAM',
    '  40210000-415fffff : Kernel code',
    '  41a00000-41cfffff : Kernel data',
    '90000000-97ffffff : reserved',
    '98000000-9fffffff : reserved',
    'a0000000-bfffffff : System RAM',
    '',
  ].join('\n');
  return { '/sys/firmware/fdt': serializeFdt(fdt), '/proc/iomem': iomem };
}

/** A machine that `mem=` has cut, whose firmware has forgotten `ranges`. */
const IGNORED: Files = (() => {
  const fdt = parseFdt(minimalDeviceTree([twice], 4));
  setProperty(ensureNode(fdt, '/reserved-memory/buffer@50000000'), 'reg', new Uint8Array(16));
  return { '/sys/firmware/fdt': serializeFdt(fdt), '/proc/cmdline': 'mem=1G\n' };
})();

/** The map of a machine with two crash regions, 128 MiB low and 16 MiB high. */
const twoRegions = (size: bigint): Files => ({
  '/sys/kernel/kexec_crash_size': `${size}\n`,
  '/proc/iomem': [
    '40000000-bfffffff : System RAM',
    '  40210000-415fffff : Kernel code',
    '  41a00000-41cfffff : Kernel data',
    '  a0000000-a7ffffff : Crash kernel',
    '  b0000000-b0ffffff : Crash kernel',
    '',
  ].join('\n'),
});

type Offered = boolean | undefined;

const cases: [name: string, changes: Files, route: RouteName, offered: Offered, why: RegExp][] = [
  ['a region', REGION, 'crash-region', true, /256 MiB, .* take .* no capture kernel/],
  [
    'a region and a capture kernel',
    { ...REGION, '/sys/kernel/kexec_crash_loaded': '1\n' },
    'crash-region',
    true,
    /a capture kernel is loaded$/,
  ],
  [
    'a region for one of them',
    { '/sys/kernel/kexec_crash_size': '50000000\n', '/sys/kernel/kexec_crash_loaded': '1\n' },
    'crash-region',
    true,
    /only with --no-capture-kernel/,
  ],
  ['two regions, the lower one is larger', twoRegions(16n << 20n), 'crash-region', false, /the region has 16 MiB/],
  ['two regions, from Linux 6.5 on', twoRegions(144n << 20n), 'crash-region', false, /the region has 16 MiB/],
  ['a region of another size', twoRegions(64n << 20n), 'crash-region', false, /none of the crash regions .* 64 MiB/],
  ['no region', {}, 'crash-region', false, /nothing is reserved/],
  ['a region, and no memory', { ...REGION, ...memory(1024) }, 'crash-region', true, /256 MiB/],
  ['little memory', memory(1024), 'mmu-on', false, /1 MiB of memory are available, .* take/],
  ['little memory', memory(1024), 'kernel', false, /1 MiB of memory are available, .* take/],
  ['little memory, by files', { ...memory(1024), ...FILE_LOAD, ...LOCKED }, 'kernel', false, /1 MiB of memory/],
  ['a region of 4 MiB', { '/sys/kernel/kexec_crash_size': '4194304\n' }, 'crash-region', false, /4 MiB, a kernel/],
  ['no word of it', { '/sys/kernel/kexec_crash_size': null }, 'crash-region', undefined, /not known/],
  ['a region, lockdown', { ...REGION, ...LOCKED }, 'crash-region', false, /lockdown is integrity/],
  [
    'a region, no kexec_load',
    { ...REGION, '/proc/kallsyms': kallsyms('W', 'T') },
    'crash-region',
    false,
    /no kexec_load/,
  ],
  ['a region, no list', { ...REGION, '/proc/kallsyms': null }, 'crash-region', undefined, /kexec_load is not known/],
  ['a region, an ITS', { ...REGION, ...ITS }, 'crash-region', false, /ITS/],
  ['a region, 64 KiB', { ...REGION, '/proc/self/auxv': auxv(65536) }, 'crash-region', false, /64 KiB/],

  ['io_uring', {}, 'mmu-on', true, /has io_uring; io_uring may be used; .*shows frames; memory can be locked/],
  [
    'no io_uring',
    { '/sys/kernel/slab/io_kiocb/': null, '/sys/kernel/slab/dentry/': '' },
    'mmu-on',
    false,
    /no io_uring/,
  ],
  ['no word of it', { '/sys/kernel/slab/io_kiocb/': null }, 'mmu-on', undefined, /io_uring is not known/],
  ['io_uring off', { '/proc/sys/kernel/io_uring_disabled': '2\n' }, 'mmu-on', false, /io_uring_disabled/],
  ['io_uring for root', { '/proc/sys/kernel/io_uring_disabled': '1\n' }, 'mmu-on', true, /may be used/],
  ['no switch', { '/proc/sys/kernel/io_uring_disabled': null }, 'mmu-on', true, /may be used/],
  [
    'a filter',
    { '/proc/self/status': 'CapEff:\t000001ffffffffff\nSeccomp:\t2\n' },
    'mmu-on',
    undefined,
    /filtered \(seccomp\)/,
  ],
  ['no frames', { '/proc/self/status': NO_CAPABILITY }, 'mmu-on', false, /shows no frames/],
  [
    'too little to lock',
    { '/proc/self/status': 'CapEff:\t0000000000600000\nSeccomp:\t0\n', '/proc/self/limits': limits('65536') },
    'mmu-on',
    false,
    /may lock 64 KiB/,
  ],
  [
    'any size to lock',
    { '/proc/self/status': 'CapEff:\t0000000000600000\nSeccomp:\t0\n', '/proc/self/limits': limits('unlimited') },
    'mmu-on',
    true,
    /may lock any size/,
  ],

  ['kexec_load', {}, 'kernel', true, /has kexec_load/],
  ['kexec_file_load only', { '/proc/kallsyms': kallsyms('W', 'T') }, 'kernel', true, /has kexec_file_load; .*unsigned/],
  ['lockdown, signed files', { ...FILE_LOAD, ...LOCKED }, 'kernel', true, /lockdown \(integrity\) makes/],
  ['lockdown, kexec_load', LOCKED, 'kernel', false, /lockdown is integrity/],
  ['64 KiB, files', { ...FILE_LOAD, '/proc/self/auxv': auxv(65536) }, 'kernel', true, /kexec_file_load/],
  ['neither', { '/proc/kallsyms': kallsyms('W', 'W') }, 'kernel', false, /no kexec_load/],
  ['no list', { '/proc/kallsyms': null }, 'kernel', undefined, /not known/],
  ['x86', { ...FILE_LOAD, '/proc/sys/kernel/arch': 'x86_64\n' }, 'kernel', true, /has kexec_file_load/],
  ['loading off', { '/proc/sys/kernel/kexec_load_disabled': '1\n' }, 'kernel', false, /kexec_load_disabled is 1/],

  ['nothing left alone', {}, 'reserved', false, /no memory was kept/],
  [
    'mem=',
    { '/sys/firmware/fdt': minimalDeviceTree([twice], 4), '/proc/cmdline': 'mem=1G\n' },
    'reserved',
    true,
    /can be opened; 1024 MiB are kept: .*mem=/,
  ],
  [
    'memory that is not used for another reason',
    { '/sys/firmware/fdt': minimalDeviceTree([twice], 4) },
    'reserved',
    false,
    /no memory was kept/,
  ],
  [
    'mem=, and a tree that Linux ignores in part',
    IGNORED,
    'reserved',
    false,
    /kept: .*cannot be told .* no #address-cells/,
  ],
  ['a node of ours', withRegion(), 'reserved', true, /256 MiB are kept: a no-map node/],
  ['a node of 40 MiB', withRegion(40n), 'reserved', false, /a half of what is kept has 20 MiB, .* take 28 MiB/],
  ['a node of 60 MiB', withRegion(60n), 'reserved', true, /60 MiB are kept/],
  ['a node, no /dev/mem', { ...withRegion(), '/dev/mem': null }, 'reserved', false, /cannot be opened/],
  ['no blob', { '/sys/firmware/fdt': null }, 'reserved', undefined, /not known/],
];

describe('a route', () => {
  test.each(cases)('%s', async (_, changes, route, offered, why) => {
    const found = routesOf(await hostWith(changes)).find(({ strategy }) => strategy === route);
    expect(found?.why.join('; ')).toMatch(why);
    expect(found?.offered).toBe(offered);
    expect(found?.evidence.length).toBeGreaterThan(0);
  });

  test('every one is told in every state', () => {
    const seen = (route: RouteName): Offered[] => cases.filter((each) => each[2] === route).map((each) => each[3]);
    for (const route of ['crash-region', 'mmu-on', 'kernel', 'reserved'] as const)
      expect(new Set(seen(route))).toEqual(new Set([true, false, undefined]));
  });
});

describe('the default', () => {
  test.each<[name: string, changes: Files, route: RouteName | undefined]>([
    ['a region', REGION, 'crash-region'],
    ['no region', {}, 'kernel'],
    ['a region, and no load left for a panic', { ...REGION, [`${LIMIT}_panic`]: '1\n' }, 'kernel'],
    ['no load left', { ...REGION, [`${LIMIT}_reboot`]: '1\n' }, undefined],
    ['no region, before 5.16', { '/proc/sys/kernel/osrelease': '5.10.0-30-arm64\n' }, 'mmu-on'],
    ['a region, before 5.16', { ...REGION, '/proc/sys/kernel/osrelease': '5.10.0-30-arm64\n' }, 'crash-region'],
    [
      'no io_uring, before 5.16',
      { '/proc/sys/kernel/osrelease': '5.10.0-30-arm64\n', '/proc/sys/kernel/io_uring_disabled': '2\n' },
      'kernel',
    ],
    ['no memory to speak of', memory(1024), undefined],
    ['an ITS', { ...REGION, ...ITS }, undefined],
    ['no word of what decides', { '/proc/kallsyms': null }, undefined],
  ])('%s', async (_, changes, route) => {
    const host = await hostWith(changes);
    expect(defaultRoute(host, routesOf(host))).toBe(route);
  });
});

describe('files are loaded where nothing else is allowed', () => {
  const SECURE: Files = {
    ...FILE_LOAD,
    '/sys/kernel/security/lsm': 'lockdown,capability,ima,evm',
    '/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c': Uint8Array.of(6, 0, 0, 0, 1),
    '/boot/config-6.12.41-cloud-arm64': 'CONFIG_KEXEC=y\nCONFIG_KEXEC_FILE=y\nCONFIG_KEXEC_SIG=y\n',
  };
  const LOADPIN: Files = { ...FILE_LOAD, '/sys/kernel/security/lsm': 'lockdown,capability,loadpin' };

  test.each<[what: string, changes: Files, why: RegExp | undefined]>([
    ['both calls', FILE_LOAD, undefined],
    ['no kexec_file_load', {}, undefined],
    ['x86_64', { '/proc/sys/kernel/arch': 'x86_64\n' }, /this is x86_64/],
    ['a lockdown', LOCKED, /lockdown is integrity/],
    ['no kexec_load', { '/proc/kallsyms': kallsyms('W', 'T') }, /has no kexec_load/],
    ['neither', { '/proc/kallsyms': kallsyms('W', 'W') }, undefined],
    ['pages of 64 KiB', { ...FILE_LOAD, '/proc/self/auxv': auxv(65536) }, /pages of 64 KiB/],
    ['Secure Boot, and IMA', SECURE, /Secure Boot is on/],
    ['Secure Boot without IMA', { ...SECURE, '/sys/kernel/security/lsm': 'lockdown,capability' }, undefined],
    ['LoadPin', LOADPIN, /LoadPin takes kernels/],
    ['LoadPin that is off', { ...LOADPIN, '/proc/cmdline': 'loadpin.enforce=0\n' }, undefined],
    ['a blocker of both', { ...LOADPIN, ...ITS }, undefined],
  ])('%s', async (_, changes, why) => {
    const host = await hostWith(changes);
    const found = whyByFiles(host);
    if (why === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(why);
    // What is offered by files for certain is loaded so, and no other route stands beside it.
    if (found === undefined || host.lockdown !== 'none' || host.architecture !== 'aarch64') return;
    expect(routesOf(host).map(({ strategy, offered }) => (offered === true ? strategy : ''))).toEqual(
      expect.arrayContaining(['kernel']),
    );
    expect(defaultRoute(host, routesOf(host))).toBe('kernel');
  });
});

test('any value missing gives offers, never an exception, and none that rests on it', async () => {
  const host = await hostWith(REGION);
  const fields = Object.keys(host).filter((field) => field !== 'unread' && field !== 'said');
  for (const field of fields) {
    const gone = {
      ...host,
      [field]: undefined,
      said: {},
      unread: { [field]: { path: '/x', code: 'EACCES', reason: 'x' } },
    };
    expect(routesOf(gone).map(({ strategy }) => strategy)).toEqual(['crash-region', 'mmu-on', 'kernel', 'reserved']);
  }
});
