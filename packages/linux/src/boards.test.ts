import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Finding, FindingId } from './finding.ts';
import { type Host, readHost } from './host.ts';
import { defaultRoute, routesOf } from './machine/routes/offered.ts';
import { preflight } from './preflight.ts';
import {
  acpiServer,
  auxv,
  deviceTreeFiles,
  type Files,
  fdtFixture,
  healthy,
  hostWith,
  iomemFixture,
  plant,
} from './testing/tree.ts';

/** Real machines: their memory maps, trees, and the boots of Debian's kernels. */

const DT = '/sys/firmware/devicetree/base';
const server = { ...acpiServer, '/proc/meminfo': 'MemTotal: 263881728 kB\nCmaTotal: 65536 kB\n' };

const found = (host: Host, id: FindingId): Finding | undefined => preflight(host).find((each) => each.id === id);
const trouble = (host: Host): string[] =>
  preflight(host)
    .filter(({ severity }) => severity !== 'ok')
    .map(({ severity, id }) => `${severity} ${id}`);

describe('real machines', () => {
  test('a Stingray with Linux 5.1: slow to relocate, with a region for two kernels', async () => {
    const host = await hostWith({
      '/proc/iomem': iomemFixture('broadcom_stingray_bcm958742k'),
      '/proc/sys/kernel/osrelease': '5.1.0\n',
      '/boot/config-5.1.0': 'CONFIG_KEXEC=y\n',
      '/proc/meminfo': 'MemTotal: 50331648 kB\n',
      '/proc/cmdline': 'crashkernel=512M\n',
      '/sys/kernel/kexec_crash_size': String(0x2000_0000),
    });
    expect(trouble(host)).toEqual(['warning relocation-speed']);
    expect(found(host, 'crashkernel')?.evidence).toContainEqual({
      path: '/proc/iomem',
      text: 'dfe00000-ffdfffff : Crash kernel',
    });
    expect(defaultRoute(host, routesOf(host))).toBe('crash-region');
  });

  test('an eMAG server: its region holds two of its kernels', async () => {
    const host = await hostWith({
      ...server,
      '/proc/iomem': iomemFixture('ampere_emag_256g'),
      '/proc/cmdline': 'crashkernel=auto\n',
      '/sys/kernel/kexec_crash_size': String(0x1100_0000),
      '/sys/kernel/kexec_crash_loaded': '1\n',
    });
    // 256 GiB want more, by the rules of kdumpctl.
    expect(trouble(host)).toEqual(['warning crash-size']);
    expect(found(host, 'crash-size')?.what).toBe('272 MiB are reserved, and a crash kernel wants 576 MiB');
    expect(found(host, 'crash-region-room')?.what).toMatch(/has 272 MiB, a kernel like the running one take \d\d MiB/);
    expect(found(host, 'crash-cpus')?.severity).toBe('ok');
    expect(routesOf(host)[0]).toMatchObject({ offered: true, why: [expect.any(String), 'a capture kernel is loaded'] });
  });

  test.each([
    ['ampere_altra_ava_32g', server],
    ['rockchip_rk3588_quartzpro64_16g', {}],
  ])('%s has a hole for a kernel', async (map, changes) => {
    const host = await hostWith({ ...changes, '/proc/iomem': iomemFixture(map) });
    expect(found(host, 'memory-hole')).toMatchObject({ severity: 'ok', what: expect.stringMatching(/is \d{4,} MiB/) });
  });

  test('a Raspberry Pi 4 with its own firmware: a crash kernel can be loaded, and nothing else', async () => {
    const host = await hostWith({
      '/proc/iomem': iomemFixture('raspberrypi_4b_4g'),
      '/sys/kernel/kexec_crash_size': '268435456\n',
      '/sys/kernel/kexec_crash_loaded': '1\n',
      [`${DT}/psci/compatible`]: null,
      [`${DT}/psci/method`]: null,
      [`${DT}/cpus/cpu@0/enable-method`]: 'spin-table\0',
      [`${DT}/cpus/cpu@1/enable-method`]: 'spin-table\0',
    });
    expect(trouble(host)).toEqual(['blocker cpu-offline', 'warning crash-cpus']);
    expect(routesOf(host).map(({ offered }) => offered)).toEqual([false, false, false, false]);
  });

  test('QEMU’s virt machine by its device tree, with its ITS off and on', async () => {
    // It has one CPU, which nobody needs to enable.
    const oneCpu = { '/sys/devices/system/cpu/possible': '0\n' };
    const off = { ...deviceTreeFiles(fdtFixture('qemu-virt-gicv3-2g')), ...oneCpu };
    const host = await hostWith(off);
    expect(host.deviceTree).toMatchObject({ psci: 'hvc', enableMethods: [], memoryNodes: 1 });
    expect(trouble(host)).toEqual([]);
    const path = `${DT}/intc@8000000/its@8080000/compatible`;
    const its = await hostWith({ ...off, [path]: 'arm,gic-v3-its\0' });
    expect(trouble(its)).toEqual(['blocker gic-its']);
    expect(found(its, 'gic-its')?.evidence[0]).toEqual({ path, text: 'arm,gic-v3-its' });
  });

  test('the same by UEFI: the stub’s tree has no memory nodes, which is in order', async () => {
    const host = await hostWith(acpiServer);
    expect(trouble(host)).toEqual([]);
    expect(found(host, 'tree-memory')?.what).toBe("UEFI's memory map stands in the device tree");
  });
});

interface Boot {
  readonly name: string;
  readonly osrelease: string;
  readonly cmdline: string;
  readonly iomem: string;
  /** Start and end of the main region. */
  readonly reserved: readonly (readonly [string, string])[];
}

const boots: readonly Boot[] = readFileSync(new URL('../fixtures/debian-boots.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line));

function filesOf({ osrelease, cmdline, iomem, reserved: [region] }: Boot): Files {
  const size = region === undefined ? 0n : BigInt(region[1]) - BigInt(region[0]);
  return {
    ...healthy,
    '/proc/iomem': iomem,
    '/proc/cmdline': `${cmdline}\n`,
    '/proc/sys/kernel/osrelease': `${osrelease}\n`,
    '/sys/kernel/kexec_crash_size': String(size),
    '/proc/self/auxv': auxv(osrelease.includes('16k') ? 16384 : 4096),
  };
}

describe('Debian’s kernels as they booted', () => {
  test.each(boots.map((boot) => [boot.osrelease, boot.name, boot] as const))('%s %s', async (_, __, boot) => {
    const host = await readHost({ root: await plant(filesOf(boot)) });
    const crashkernel = found(host, 'crashkernel');
    expect(crashkernel?.severity).toBe(boot.reserved.length > 0 || boot.cmdline.length === 2047 ? 'ok' : 'warning');
    expect(found(host, 'page-size')?.severity).toBe(boot.osrelease.includes('16k') ? 'blocker' : 'ok');
    expect(found(host, 'command-line')?.severity).toBe(boot.cmdline.length === 2047 ? 'warning' : 'ok');
    expect(found(host, 'relocation-speed')?.severity).toBe(boot.osrelease.startsWith('5.10') ? 'warning' : 'ok');
  });

  /** What the kernel did, said from the same line without knowing what it reserved. */
  test.each(boots.map((boot) => [boot.osrelease, boot.name, boot] as const))(
    '%s %s is read as it was',
    async (_, __, boot) => {
      const unseen = { ...filesOf(boot), '/sys/kernel/kexec_crash_size': '0\n' };
      const why = found(await readHost({ root: await plant(unseen) }), 'crashkernel')?.why ?? '';
      if (boot.reserved.length > 0) expect(why).toMatch(/it reserves/);
      const refusals: Record<string, RegExp> = {
        'dt-2g-junk': /"B" follows the size/,
        'dt-8g-low-only': /without crashkernel=SIZE,high reserves nothing/,
        'dt-2g-quoted': /follows the size/,
        'dt-4g-at-misaligned': /no room/,
        'dt-8g-high-gtram': /no room/,
        'dt-8g-at-comma-high': /exclude each other/,
      };
      if (boot.reserved.length === 0) expect(why).toMatch(refusals[boot.name] ?? /./);
    },
  );

  test('the line that lost its crashkernel= shows that it was cut', async () => {
    const lost = boots.find(({ name }) => name === 'dt-2g-long-lost');
    const host = await readHost({ root: await plant(lost === undefined ? {} : filesOf(lost)) });
    expect(found(host, 'command-line')?.what).toBe('the command line has 2047 bytes: its end may have been cut');
    expect(found(host, 'crashkernel')?.what).toBe('nothing is reserved for a crash kernel');
  });
});
