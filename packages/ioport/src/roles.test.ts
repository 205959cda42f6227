import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createResource,
  createTree,
  descendantsOf,
  insertResource,
  insertResourceConflict,
  parseIomem,
  type Resource,
  type ResourceTree,
  type Role,
  rangeSize,
  requestResourceConflict,
  roleLines,
  rolesOf,
  systemRam,
} from './index.ts';
import { setRange } from './siblings.ts';

/** A map's roles, a line each. */
function listing(tree: ResourceTree): string[] {
  return rolesOf(tree).map(
    ({ start, end, role, name }) => `${start.toString(16)}-${end.toString(16)} ${role}: ${name ?? '<none>'}`,
  );
}

const rolesOfText = (...lines: string[]): string[] => listing(parseIomem(`${lines.join('\n')}\n`));

describe('the role of', () => {
  test('a kernel, its reservations and the regions in RAM', () => {
    expect(
      rolesOfText(
        '40000000-bfffffff : System RAM',
        '  40200000-40ffffff : Kernel code',
        '  41000000-410fffff : reserved',
        '  41100000-411fffff : Kernel data',
        '  50000000-53ffffff : Kexec kernel',
        '  b0000000-bfffffff : Crash kernel',
      ),
    ).toEqual([
      '40000000-401fffff usable: System RAM',
      '40200000-40ffffff running kernel: Kernel code',
      '41000000-410fffff reserved: reserved',
      '41100000-411fffff running kernel: Kernel data',
      '41200000-4fffffff usable: System RAM',
      '50000000-53ffffff kexec region: Kexec kernel',
      '54000000-afffffff usable: System RAM',
      'b0000000-bfffffff crash region: Crash kernel',
    ]);
  });

  test('a crash region at the top level', () => {
    expect(
      rolesOfText(
        '40000000-4fffffff : System RAM',
        '50000000-5fffffff : Crash kernel',
        '60000000-6fffffff : System RAM',
      ),
    ).toEqual([
      '40000000-4fffffff usable: System RAM',
      '50000000-5fffffff crash region: Crash kernel',
      '60000000-6fffffff usable: System RAM',
    ]);
  });

  test('what the crash region gave back when it was shrunk', () => {
    expect(
      rolesOfText(
        '40000000-7fffffff : System RAM',
        '  60000000-67ffffff : Crash kernel',
        '  68000000-6fffffff : System RAM',
        '    69000000-69ffffff : reserved',
      ),
    ).toEqual([
      '40000000-5fffffff usable: System RAM',
      '60000000-67ffffff crash region: Crash kernel',
      '68000000-68ffffff usable: System RAM',
      '69000000-69ffffff reserved: reserved',
      '6a000000-6fffffff usable: System RAM',
      '70000000-7fffffff usable: System RAM',
    ]);
  });

  test('memory that a driver manages, by its name or only by its place', () => {
    expect(
      rolesOfText(
        '140000000-15fffffff : System RAM (kmem)',
        '160000000-1ffffffff : virtio0',
        '  160000000-17fffffff : System RAM',
        '200000000-23fffffff : Persistent Memory',
        '  200000000-21fffffff : dax0.0',
        '    200000000-20fffffff : System RAM',
      ),
    ).toEqual([
      '140000000-15fffffff driver-managed: System RAM (kmem)',
      '160000000-17fffffff driver-managed: System RAM',
      '180000000-1ffffffff device: virtio0',
      '200000000-20fffffff driver-managed: System RAM',
      '210000000-21fffffff device: dax0.0',
      '220000000-23fffffff driver-managed: Persistent Memory',
    ]);
  });

  test('what lies outside RAM, and what has no name', () => {
    expect(
      rolesOfText(
        '00000000-03ffffff : reserved',
        '  01000000-01ffffff : reserved',
        '09000000-09000fff : pl011@9000000',
        '  09000000-09000fff : pl011@9000000 pl011@9000000',
        '0a000000-0a000fff : ',
        '40000000-4fffffff : System RAM',
        '  41000000-41000fff : ',
        '  42000000-42000fff : ramoops:dump(0/10)',
        '50000000-50ffffff : ACPI Tables',
      ),
    ).toEqual([
      '0-ffffff no-map: reserved',
      '1000000-1ffffff no-map: reserved',
      '2000000-3ffffff no-map: reserved',
      '9000000-9000fff device: pl011@9000000 pl011@9000000',
      'a000000-a000fff unknown: ',
      '40000000-40ffffff usable: System RAM',
      '41000000-41000fff reserved: ',
      '41001000-41ffffff usable: System RAM',
      '42000000-42000fff reserved: ramoops:dump(0/10)',
      '42001000-4fffffff usable: System RAM',
      '50000000-50ffffff firmware: ACPI Tables',
    ]);
  });

  test('a region that was put in by name alone', () => {
    const tree = parseIomem('40000000-4fffffff : System RAM\n');
    insertResource(tree, { name: 'Kexec kernel', start: 0x4800_0000n, end: 0x4fff_ffffn });
    expect(listing(tree)).toEqual([
      '40000000-47ffffff usable: System RAM',
      '48000000-4fffffff kexec region: Kexec kernel',
    ]);
  });

  test('nothing', () => {
    expect(rolesOf(createTree())).toEqual([]);
  });

  test('the last address there is', () => {
    const tree = createTree();
    insertResource(tree, { name: 'top', start: 2n ** 64n - 16n, end: 2n ** 64n - 1n });
    expect(listing(tree)).toEqual(['fffffffffffffff0-ffffffffffffffff device: top']);
  });
});

const folder = new URL('../fixtures/iomem/', import.meta.url);
const fixtures = readdirSync(folder);

/** MiB of each role, for the roles that RAM can have. */
function summary(tree: ResourceTree): string {
  const sizes = new Map<Role, bigint>();
  for (const span of rolesOf(tree)) sizes.set(span.role, (sizes.get(span.role) ?? 0n) + rangeSize(span));
  sizes.delete('device');
  return [...sizes]
    .map(([role, size]) => `${role} ${size / 1024n} K`)
    .sort()
    .join(', ');
}

describe('real machines', () => {
  test.each(fixtures)('%s: usable memory, kernel and reservations make up all System RAM', (name) => {
    const tree = parseIomem(readFileSync(new URL(name, folder), 'utf8'));
    const inRam = new Set<Role>(['usable', 'running kernel', 'crash region', 'kexec region', 'reserved']);
    const claimed = rolesOf(tree).filter(({ role }) => inRam.has(role));
    const size = (ranges: readonly { start: bigint; end: bigint }[]): bigint =>
      ranges.reduce((sum, range) => sum + rangeSize(range), 0n);
    expect(size(claimed)).toBe(size(systemRam(tree)));
  });

  test.each(fixtures)('%s: the roles printed', async (name) => {
    const tree = parseIomem(readFileSync(new URL(name, folder), 'utf8'));
    const head = `Roles of the ranges that fixtures/iomem/${name} lists.\n\n`;
    const golden = fileURLToPath(new URL(`../fixtures/roles/${name}`, import.meta.url));
    await expect(`${head}${roleLines(rolesOf(tree)).join('\n')}\n`).toMatchFileSnapshot(golden);
  });

  test('kilobytes of each role', () => {
    const lines = fixtures.map((name) => {
      const tree = parseIomem(readFileSync(new URL(name, folder), 'utf8'));
      return `${name.replace('.txt', '')}: ${summary(tree)}`;
    });
    expect(lines).toMatchInlineSnapshot(`
      [
        "ampere_altra_ava_32g: no-map 18200 K, reserved 797108 K, running kernel 26368 K, usable 32451636 K",
        "ampere_emag_256g: crash region 278528 K, no-map 69824 K, running kernel 29952 K, unknown 72 K, usable 267795008 K",
        "broadcom_stingray_bcm958742k: crash region 524288 K, no-map 7768 K, reserved 2100764 K, running kernel 14184 K, usable 47645604 K",
        "hisilicon_kunpeng920_512g_ramonly: usable 536581760 K",
        "huawei_mate9_kirin960_4g: running kernel 42880 K, unknown 20 K, usable 3916928 K",
        "nvidia_jetson_agx_orin_64g: no-map 69496 K, reserved 1874264 K, running kernel 34944 K, usable 63801456 K",
        "qemu_virt_uefi_32g: no-map 4928 K, reserved 856232 K, running kernel 37056 K, usable 32656216 K",
        "qualcomm_msm8939_l9100_3g_excerpt: no-map 99328 K, reserved 95976 K, running kernel 20032 K, usable 2930392 K",
        "raspberrypi_4b_4g: reserved 692324 K, running kernel 21120 K, usable 3337500 K",
        "rockchip_rk3588_quartzpro64_16g: no-map 163840 K, reserved 454940 K, running kernel 47360 K, usable 16102884 K",
        "xen_domu_arm64_1g: reserved 160120 K, running kernel 37056 K, usable 851400 K",
        "xiaomi_sweet_sm7150_8g: running kernel 46216 K, usable 7900956 K",
      ]
    `);
  });
});

/** The innermost resource at an address, found by looking at all of them. */
function innermost(root: Resource, address: bigint): Resource | undefined {
  return [...descendantsOf(root)].findLast(({ start, end }) => start <= address && address <= end);
}

describe('any tree', () => {
  const range = fc.tuple(fc.integer({ min: 0, max: 63 }), fc.integer({ min: 0, max: 20 }));
  const name = fc.constantFrom('System RAM', 'reserved', 'Kernel code', 'Crash kernel', 'uart', '');

  test('each address has the name of the innermost resource that holds it, and none twice', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(range, name), { maxLength: 12 }), (requests) => {
        const tree = createTree();
        for (const [[start, length], text] of requests) {
          const spec = { name: text, start: BigInt(start), end: BigInt(start + length) };
          insertResourceConflict(tree.root, createResource(spec));
        }
        const spans = rolesOf(tree);
        for (let at = 1; at < spans.length; at++) expect(spans[at]?.start).toBeGreaterThan(spans[at - 1]?.end ?? -1n);
        for (let address = 0n; address < 90n; address++) {
          const span = spans.find(({ start, end }) => start <= address && address <= end);
          expect(span?.name).toBe(innermost(tree.root, address)?.name);
        }
      }),
      { seed: 20190708, numRuns: 300 },
    );
  });

  test('children that overlap are cut: the first one keeps what it has', () => {
    const tree = createTree();
    const one = createResource({ name: 'one', start: 0x1000n, end: 0x1fffn });
    const two = createResource({ name: 'two', start: 0x3000n, end: 0x3fffn });
    requestResourceConflict(tree.root, one);
    requestResourceConflict(tree.root, two);
    requestResourceConflict(one, createResource({ name: 'inner', start: 0x1800n, end: 0x18ffn }));
    setRange(two, 0x1880n, 0x3fffn);
    expect(listing(tree)).toEqual([
      '1000-17ff device: one',
      '1800-18ff device: inner',
      '1900-1fff device: one',
      '2000-3fff device: two',
    ]);
    setRange(two, 0x0n, 0x10ffn);
    expect(listing(tree)).toEqual([
      '0-10ff device: two',
      '1100-17ff device: one',
      '1800-18ff device: inner',
      '1900-1fff device: one',
    ]);
  });

  test('a deep tree', () => {
    const deep = createTree();
    for (let at = 0n; at < 2_000n; at++)
      insertResourceConflict(deep.root, createResource({ name: `l${at}`, start: at, end: 10_000n - at }));
    expect(rolesOf(deep)).toHaveLength(3_999);
  });
});
