import {
  type Fdt,
  findNode,
  getProperty,
  memoryRanges,
  parseDts,
  parseFdt,
  reservedMemory,
  serializeFdt,
  u32Value,
} from '@kexeckit/fdt';
import { parseIomem } from '@kexeckit/ioport';
import { describe, expect, test } from 'vitest';
import { parsePlan, savePlan } from '../document/document.ts';
import { reboot } from '../road/reboot.ts';
import { SimulatedMachine } from '../simulated/machine.ts';
import { generateWorkload } from '../workload.ts';
import { completeMachine } from './complete-tree.ts';

const CELLS = '#address-cells = <2>; #size-cells = <2>;';
const MEMORY = 'memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x40000000>; };';
const UEFI = 'linux,uefi-system-table = <0 1>; linux,uefi-mmap-start = <0 2>; linux,uefi-secure-boot = <2>;';
const IOMEM = '40000000-5fffffff : System RAM\n60000000-600fffff : reserved\n60100000-7fffffff : System RAM\n';
const RAM = [
  { start: 0x4000_0000n, end: 0x5fff_ffffn },
  { start: 0x6010_0000n, end: 0x7fff_ffffn },
];

const blobOf = (body: string, before = ''): Uint8Array => serializeFdt(parseDts(`/dts-v1/; ${before} / { ${body} };`));

async function complete(own: Uint8Array, given?: Uint8Array): Promise<{ fdt: Fdt; notes: readonly string[] }> {
  const machine = new SimulatedMachine({ memory: parseIomem(IOMEM), dtb: own, cpus: 1 });
  const { reality, notes } = completeMachine(await machine.describe(), given);
  return { fdt: parseFdt(reality.dtb), notes };
}

describe("a machine's own tree", () => {
  test.each<[string, string]>([
    ['without a memory node', CELLS],
    ['whose memory has a size of zero', `${CELLS} memory { device_type = "memory"; reg = <0 0 0 0>; };`],
    ['whose memory node has no reg', `${CELLS} memory { device_type = "memory"; };`],
    ['in cells that are Linux’s default', ''],
  ])('%s gets it from the map, and that is said', async (_, body) => {
    const { fdt, notes } = await complete(blobOf(body));
    expect(memoryRanges(fdt)).toEqual(RAM);
    expect(notes[0]).toBe("the device tree names no memory: 1023 MiB are filled in from the machine's map");
    expect(fdt.root.children.filter(({ name }) => name.startsWith('memory'))).toHaveLength(1);
  });

  test.each<[string, string, string[]]>([
    ['that names its memory', `${CELLS} ${MEMORY}`, []],
    ['that names where UEFI’s map is', `${CELLS} chosen { ${UEFI} };`, []],
    [
      'whose reserved memory Linux ignores',
      `${CELLS} ${MEMORY} reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges; a@0 { reg = <0 1>; }; };`,
      [expect.stringMatching(/^device tree, \/reserved-memory: .*; Linux ignores all nodes in it/)],
    ],
    [
      'of UEFI, that Ubuntu’s kernels take no memory from',
      `${CELLS} chosen { linux,uefi-system-table = <0 1>; linux,uefi-mmap-start = <0 2>; };`,
      [expect.stringContaining('linux,uefi-secure-boot')],
    ],
  ])('%s stays as it is', async (_, body, expected) => {
    const blob = blobOf(body);
    const { fdt, notes } = await complete(blob);
    expect(fdt).toEqual(parseFdt(blob));
    expect(notes).toEqual(expected);
  });

  test('whose cells have no room for the machine’s memory is refused', async () => {
    const machine = new SimulatedMachine({ dtb: blobOf('#address-cells = <1>; #size-cells = <1>;') });
    const described = await machine.describe();
    expect(() => completeMachine(described)).toThrow(expect.objectContaining({ name: 'FdtError', code: 'ERANGE' }));
  });

  test('with many doubts has some of them in the notes, and the number of the others', async () => {
    const nodes = Array.from({ length: 50 }, (_, at) => `n${at} { };`).join(' ');
    const { notes } = await complete(blobOf(`${CELLS} ${MEMORY} reserved-memory { ${CELLS} ranges; ${nodes} };`));
    expect(notes).toHaveLength(7);
    expect(notes.at(-1)).toBe('44 more such places in the device tree');
  });
});

describe('a tree that is given in its place', () => {
  const given = blobOf(`${CELLS} model = "given"; soc { };`);

  test('has the memory of the machine, and what its firmware keeps', async () => {
    const own = blobOf(
      `${CELLS} ${MEMORY} reserved-memory { ${CELLS} ranges; tz@44000000 { reg = <0 0x44000000 0 0x100000>; no-map; }; };`,
      '/memreserve/ 0x43000000 0x1000;',
    );
    const { fdt, notes } = await complete(own, given);
    expect(getProperty(fdt.root, 'model')).toBeDefined();
    expect(memoryRanges(fdt)).toEqual(RAM);
    expect(reservedMemory(fdt)).toEqual([
      { name: '/memreserve/', start: 0x4300_0000n, end: 0x4300_0fffn, noMap: false },
      { name: 'firmware@44000000', start: 0x4400_0000n, end: 0x440f_ffffn, noMap: true },
    ]);
    expect(notes).toContain('kept in it for the firmware: /memreserve/, tz@44000000');
  });

  test('has the places of UEFI’s tables, and then no memory nodes are needed', async () => {
    const { fdt, notes } = await complete(blobOf(`${CELLS} chosen { ${UEFI} bootargs = "old"; };`), given);
    expect(findNode(fdt, '/chosen')?.properties.map(({ name }) => name)).toEqual([
      'linux,uefi-system-table',
      'linux,uefi-mmap-start',
      'linux,uefi-secure-boot',
    ]);
    expect(memoryRanges(fdt)).toEqual([]);
    expect(notes.join()).toContain('carried over into it: linux,uefi-system-table');
  });

  test('keeps what it says itself', async () => {
    const whole = blobOf(`${CELLS} cell = <7>; ${MEMORY}`);
    const { fdt } = await complete(blobOf(`${CELLS} ${MEMORY}`), whole);
    expect(fdt.root.properties.find(({ name }) => name === 'cell')?.value).toEqual(u32Value(7));
    expect(memoryRanges(fdt)).toEqual([{ start: 0x4000_0000n, end: 0x7fff_ffffn }]);
    expect(fdt.reservations).toEqual([]);
  });

  test('that names memory which the machine does not have, is told of', async () => {
    const { notes } = await complete(
      blobOf(`${CELLS} ${MEMORY}`),
      blobOf(`${CELLS} ${MEMORY.replaceAll('4000', '8000')}`),
    );
    expect(notes).toContain('it names memory that this machine is not known to have: 0x80000000 to 0xffffffff');
  });

  test('has nothing of what another boot’s firmware has told', async () => {
    const other = blobOf(
      `${CELLS} chosen { ${UEFI} linux,uefi-mmap-size = <1>; }; hypervisor { uefi { xen,uefi-mmap-start = <0 1>; }; };`,
    );
    const { fdt, notes } = await complete(blobOf(`${CELLS} ${MEMORY}`), other);
    expect(findNode(fdt, '/chosen')?.properties).toEqual([]);
    expect(memoryRanges(fdt)).toEqual(RAM);
    expect(notes.join('\n')).toMatch(/taken out of it, .*: linux,uefi-system-table, .*linux,uefi-mmap-size, xen,uefi/);
    const uefi = await complete(blobOf(`${CELLS} chosen { linux,uefi-system-table = <0 9>; };`), other);
    const left = findNode(uefi.fdt, '/chosen')?.properties ?? [];
    expect(left.map(({ name }) => name)).toEqual(['linux,uefi-system-table']);
  });

  test.each<[string, string]>([
    ['disabled', 'reg = <0 0x40000000 0 0x40000000>; status = "disabled";'],
    ['nothing that may be used', 'reg = <0 0x40000000 0 0x40000000>; linux,usable-memory = <0 0 0 0>;'],
  ])('whose memory is %s has the machine’s', async (_, body) => {
    const memory = `memory@40000000 { device_type = "memory"; ${body} };`;
    const { fdt, notes } = await complete(blobOf(`${CELLS} ${MEMORY}`), blobOf(`${CELLS} ${memory}`));
    expect(memoryRanges(fdt)).toEqual(RAM);
    expect(notes.join()).toContain('1023 MiB are filled in');
  });

  test('that leaves memory out is told of, and nothing is placed there', async () => {
    const upper = blobOf(
      `${CELLS} ${MEMORY.replaceAll('40000000', '60000000').replace('0 0x60000000>', '0 0x20000000>')}`,
    );
    const machine = new SimulatedMachine({ memory: parseIomem(IOMEM), cpus: 1 });
    const request = { ...generateWorkload(200_000, 100_000, 3), cmdline: '', strategy: 'mmu-on', seed: 1 } as const;
    const { plan } = await reboot(machine, { ...request, dtb: upper });
    expect(plan.stage.placement.segments.every(({ mem }) => mem >= 0x6000_0000n)).toBe(true);
    expect(plan.notes).toContain(
      "it does not name 512 MiB of this machine's memory: the next kernel does not have them",
    );
  });

  const FIRMWARE = `reserved-memory { ${CELLS} ranges; tz@44000000 { reg = <0 0x44000000 0 0x100000>; no-map; }; };`;

  test.each<[string, string, string[]]>([
    ['is empty, and lacks its cells', 'reserved-memory { };', ['firmware@44000000']],
    [
      'has such a node for something else',
      `reserved-memory { ${CELLS} ranges; firmware@44000000 { reg = <0 0x50000000 0 0x1000>; }; };`,
      ['firmware-2@44000000', 'firmware@44000000'],
    ],
  ])('keeps what firmware keeps, where its /reserved-memory %s', async (_, body, names) => {
    const { fdt } = await complete(blobOf(`${CELLS} ${MEMORY} ${FIRMWARE}`), blobOf(`${CELLS} ${MEMORY} ${body}`));
    const ranges = reservedMemory(fdt);
    expect(ranges.map(({ name }) => name)).toEqual(names);
    expect(ranges[0]).toMatchObject({ start: 0x4400_0000n, noMap: true });
  });

  test('names what nobody may map before what is kept otherwise', async () => {
    const same = `reserved-memory { ${CELLS} ranges; mine@44000000 { reg = <0 0x44000000 0 0x100000>; }; };`;
    const { fdt } = await complete(blobOf(`${CELLS} ${MEMORY} ${FIRMWARE}`), blobOf(`${CELLS} ${MEMORY} ${same}`));
    const names = findNode(fdt, '/reserved-memory')?.children.map(({ name }) => name);
    expect(names).toEqual(['firmware@44000000', 'mine@44000000']);
  });

  test('may name other memory where UEFI’s map counts', async () => {
    const own = blobOf(`${CELLS} chosen { ${UEFI} };`);
    const machine = new SimulatedMachine({ memory: parseIomem(IOMEM), dtb: own, cpus: 1 });
    const request = { ...generateWorkload(200_000, 100_000, 3), cmdline: '', strategy: 'mmu-on', seed: 1 } as const;
    const { plan } = await reboot(machine, {
      ...request,
      dtb: blobOf(`${CELLS} ${MEMORY.replaceAll('4000', '9000')}`),
    });
    expect(plan.stage.placement.segments[0]?.mem).toBe(0x4000_0000n);
  });

  test('does not keep its own place any more, nor that of another initramfs', async () => {
    const at = (size: string): Uint8Array =>
      blobOf(
        `${CELLS} chosen { linux,initrd-start = <0x48000000>; linux,initrd-end = <0x48123456>; };`,
        `/memreserve/ 0x48000000 0x123456; /memreserve/ 0x49000000 ${size}; /memreserve/ 0x4a000000 0x5000;`,
      );
    const { fdt } = await complete(blobOf(`${CELLS} ${MEMORY}`), at(`${at('1').length}`));
    expect(fdt.reservations).toEqual([{ address: 0x4a00_0000n, size: 0x5000n }]);
  });

  test('with a long list of memory has some of it in its notes, and a plan that can be read again', async () => {
    const banks = Array.from({ length: 40 }, (_, at) => `${16 + at} 0 0 0x1000`).join(' ');
    const long = blobOf(`${CELLS} memory@0 { device_type = "memory"; reg = <0 0 1 0 ${banks}>; };`);
    const machine = new SimulatedMachine({ memory: parseIomem(IOMEM), cpus: 1 });
    const request = { ...generateWorkload(200_000, 100_000, 3), cmdline: '', strategy: 'mmu-on', seed: 1 } as const;
    const { plan } = await reboot(machine, { ...request, dtb: long });
    expect(plan.notes).toContain('36 more ranges that it is not known to have');
    expect(parsePlan(savePlan(plan)).notes).toEqual(plan.notes);
  });

  test('that is an overlay is refused', async () => {
    const overlay = serializeFdt(parseDts('/dts-v1/; /plugin/; &uart { status = "okay"; };'));
    await expect(complete(blobOf(`${CELLS} ${MEMORY}`), overlay)).rejects.toMatchObject({
      code: 'EINVAL',
      hint: expect.stringContaining('fdtoverlay'),
    });
  });

  test('is proved, saved by its digest, and what firmware keeps is left alone', async () => {
    const own = blobOf(`${CELLS} ${MEMORY} cpus { };`, '/memreserve/ 0x40000000 0x10000000;');
    const machine = new SimulatedMachine({ memory: parseIomem(IOMEM), dtb: own, cpus: 1 });
    const request = { ...generateWorkload(200_000, 100_000, 3), cmdline: '', strategy: 'mmu-on', seed: 1 } as const;
    const { plan, proof } = await reboot(machine, { ...request, dtb: given });
    expect(proof.violations).toEqual([]);
    expect(plan.inputs.dtb?.bytes).toBe(given.length);
    expect(plan.stage.placement.segments.every(({ mem }) => mem >= 0x5000_0000n)).toBe(true);
    const again = reboot(machine, { plan, files: request });
    await expect(again).rejects.toMatchObject({ code: 'ESTALE', message: expect.stringContaining('device tree file') });
    expect((await reboot(machine, { plan, files: { ...request, dtb: given } })).proof.violations).toEqual([]);
  });
});
