import { ensureNode, findNode, getProperty, parseFdt, removeProperty, serializeFdt } from '@kexeckit/fdt';
import { printIomem } from '@kexeckit/ioport';
import { generateWorkload, planReboot } from '@kexeckit/reboot';
import { describe, expect, test } from 'vitest';
import { describeHost } from './describe.ts';
import { acpiServer, auxv, type Files, fdtFixture, healthy, hostWith } from './testing/tree.ts';

const DT = '/sys/firmware/devicetree/base';
const CPU = expect.stringMatching(/^CPU: 4K granule/);
const SMC = { [`${DT}/psci/method`]: 'smc\0' };

test('describes a host as a plan needs it', async () => {
  const { memory, roles, features, ...rest } = describeHost(await hostWith());
  expect(printIomem(memory)).toBe(healthy['/proc/iomem']);
  expect(roles.map(({ role }) => role)).toContain('running kernel');
  expect(features).toMatchObject({ granules: ['4K'], sha256: true });
  expect(rest).toEqual({
    name: 'XENVM-4.17',
    dtb: healthy['/sys/firmware/fdt'],
    exceptionLevel: 1,
    vhe: false,
    softRestart: false,
    console: undefined,
    registered: [],
    cpus: 3,
    osrelease: '6.12.41-cloud-arm64',
    lowLimit: undefined,
    canReserve: false,
    ownPages: 'in a row',
    nextRegion: { kexeckernel: 'node', crashkernel: 'anew' },
    assumptions: ['EL1: PSCI is called by HVC, so a hypervisor has EL2', CPU],
  });
});

test.each([
  ['a CPU that lacks them', 'Features\t: fp asimd sha1 sha2\nFeatures\t: fp asimd sha1\n', 0],
  ['words that only look like it', 'Features\t: fp asimd sha3 sha512 sha2x no-sha2 sha2-x sha2.1\n', 0],
  ['a CPU that lists nothing', 'processor\t: 0\nFeatures\t: sha2\n\nprocessor\t: 1\nBogoMIPS\t: 50\n', 1],
  ['another architecture', 'flags\t\t: fpu vme sha_ni sha2\n', 1],
])('no SHA-256 instructions are counted on: %s', async (_, cpuinfo, assumed) => {
  const { features, assumptions } = describeHost(await hostWith({ '/proc/cpuinfo': cpuinfo }));
  expect(features.sha256).toBe(false);
  expect(assumptions.filter((each) => each.includes('SHA-256'))).toHaveLength(assumed);
});

test('a reboot can be planned for it', async () => {
  const { kernel, initrd } = generateWorkload(2 ** 21, 2 ** 20, 7);
  const machine = describeHost(await hostWith());
  const { plan } = await planReboot({ kernel, initrd, cmdline: 'quiet', strategy: 'mmu-on', seed: 1 }, machine);
  expect(plan.machine).toMatchObject({ name: 'XENVM-4.17', cpus: 3 });
  const segments = plan.stage.placement.segments.map(({ name }) => name);
  expect(segments).toEqual(expect.arrayContaining(['kernel', 'initrd', 'dtb']));
  // The machine runs: a region that is not there cannot be reserved any more.
  const reserved = planReboot({ kernel, initrd, cmdline: '', strategy: 'reserved', seed: 1 }, machine);
  await expect(reserved).rejects.toThrow(expect.objectContaining({ code: 'ENODEV' }));
});

describe('exception level', () => {
  test('EL2 where KVM runs', async () => {
    const machine = describeHost(await hostWith({ ...SMC, '/sys/devices/virtual/misc/kvm/': '' }));
    expect(machine).toMatchObject({ exceptionLevel: 2, assumptions: [expect.stringContaining('KVM'), CPU] });
  });

  test('EL1, and says so, where nothing shows', async () => {
    const machine = describeHost(await hostWith(SMC));
    expect(machine).toMatchObject({ exceptionLevel: 1, assumptions: [expect.stringContaining('nothing shows'), CPU] });
  });

  test('as told', async () => {
    const machine = describeHost(await hostWith(SMC), { exceptionLevel: 2, name: 'board' });
    expect(machine).toMatchObject({ exceptionLevel: 2, name: 'board', assumptions: [CPU] });
  });
});

test('counts possible CPUs where online ones are not known, and one at the least', async () => {
  const noOnline = { '/sys/devices/system/cpu/online': null };
  expect(describeHost(await hostWith(noOnline)).cpus).toBe(4);
  const machine = describeHost(await hostWith({ ...noOnline, '/sys/devices/system/cpu/possible': null }));
  expect(machine.cpus).toBe(1);
  expect(machine.assumptions.at(-2)).toMatch(/^1 CPU/);
});

test('the tree of UEFI says whether Secure Boot is on, for kernels that take no memory without it', async () => {
  const tree = parseFdt(fdtFixture('uefi-stub-generated'));
  removeProperty(ensureNode(tree, '/chosen'), 'linux,uefi-secure-boot');
  const host = { ...acpiServer, '/sys/firmware/fdt': serializeFdt(tree) };
  const said = async (changes: Files): Promise<unknown> => {
    const { dtb, assumptions } = describeHost(await hostWith({ ...host, ...changes }));
    const chosen = findNode(parseFdt(dtb), '/chosen');
    expect(assumptions.join()).toContain('linux,uefi-secure-boot');
    return chosen && getProperty(chosen, 'linux,uefi-secure-boot')?.at(-1);
  };
  const variable = '/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c';
  expect(await said({ [variable]: Uint8Array.of(6, 0, 0, 0, 1) })).toBe(3);
  expect(await said({ [variable]: Uint8Array.of(6, 0, 0, 0, 0) })).toBe(2);
  expect(await said({ [variable]: null })).toBe(1);
});

test('what pages the CPU has besides those of the kernel that runs, is not known', async () => {
  const { features } = describeHost(await hostWith({ '/proc/self/auxv': auxv(65536) }));
  expect(features).toMatchObject({ granules: ['4K', '64K'], mayHaveMore: true });
});

test('takes a device tree from elsewhere', async () => {
  const dtb = Uint8Array.of(1, 2, 3);
  expect(describeHost(await hostWith({ '/sys/firmware/fdt': null }), { dtb }).dtb).toBe(dtb);
});

test.each([
  ['another architecture', { '/proc/sys/kernel/arch': 'x86_64\n' }, 'EOPNOTSUPP', /x86_64/],
  ['an unknown architecture', { '/proc/sys/kernel/arch': null }, 'EOPNOTSUPP', /unknown/],
  ['no memory map', { '/proc/iomem': null }, 'ENOENT', /iomem cannot be read/],
  ['hidden addresses', { '/proc/iomem': '00000000-00000000 : System RAM\n' }, 'EPERM', /is zero/],
  ['a damaged map', { '/proc/iomem': '?\n' }, 'EINVAL', /damaged/],
  ['no device tree', { '/sys/firmware/fdt': null }, 'ENOENT', /fdt cannot be read/],
  ['a broken device tree', { '/sys/firmware/fdt': 'x' }, 'EIO', /magic/],
])('refuses %s', async (_, changes, code, message) => {
  const host = await hostWith(changes);
  expect(() => describeHost(host)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  expect(() => describeHost(host)).toThrow(expect.objectContaining({ name: 'LinuxError', hint: expect.any(String) }));
});
