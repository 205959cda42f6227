import { ensureNode, findNode, getProperty, parseFdt, serializeFdt, setProperty } from '@kexeckit/fdt';
import { describe, expect, test } from 'vitest';
import { reboot } from '../road/reboot.ts';
import { SimulatedMachine } from '../simulated/machine.ts';
import { generateWorkload } from '../workload.ts';
import { draftDeviceTree, minimalDeviceTree } from './device-tree.ts';

const boot = { cmdline: 'quiet', hasInitrd: false, entropy: Uint8Array.of(1) };
const old = [
  'linux,elfcorehdr',
  'linux,usable-memory-range',
  'linux,ima-kexec-buffer',
  'linux,kho-fdt',
  'linux,kho-scratch',
];

/** A machine's tree with what earlier kernels left in `/chosen`. */
function worn(chosenName = 'chosen'): Uint8Array {
  const fdt = parseFdt(minimalDeviceTree([{ start: 0x8000_0000n, end: 0xbfff_ffffn }], 2));
  const chosen = ensureNode(fdt, `/${chosenName}`);
  for (const name of old) setProperty(chosen, name, new Uint8Array(16).fill(5));
  setProperty(chosen, 'stdout-path', new Uint8Array(4));
  return serializeFdt(fdt);
}

describe('/chosen of the next kernel', () => {
  test.each(['chosen', 'chosen@0'])('is /%s, with nothing of the kernels before', (name) => {
    const next = parseFdt(draftDeviceTree(worn(name), boot).write(undefined));
    expect(next.root.children.filter((child) => child.name.startsWith('chosen'))).toHaveLength(1);
    const chosen = findNode(next, `/${name}`);
    expect(chosen?.properties.map((property) => property.name)).toEqual([
      'stdout-path',
      'bootargs',
      'linux,booted-from-kexec',
      'kaslr-seed',
      'rng-seed',
    ]);
    expect(chosen && getProperty(chosen, 'linux,booted-from-kexec')).toEqual(new Uint8Array());
  });

  test('cannot be two nodes', () => {
    const fdt = parseFdt(worn());
    fdt.root.children.push({ name: 'chosen@0', properties: [], children: [] });
    expect(() => draftDeviceTree(serializeFdt(fdt), boot)).toThrow(
      expect.objectContaining({ name: 'FdtError', code: 'ENOTUNIQ' }),
    );
  });

  test('and a machine with what they left is rebooted', async () => {
    const files = generateWorkload(200_000, 100_000, 3);
    const machine = new SimulatedMachine();
    const fdt = parseFdt((await machine.describe()).dtb);
    for (const name of old) setProperty(ensureNode(fdt, '/chosen'), name, new Uint8Array(16).fill(5));
    const request = { ...files, cmdline: '', strategy: 'mmu-on', seed: 1 } as const;
    const { proof } = await reboot(new SimulatedMachine({ dtb: serializeFdt(fdt) }), request);
    expect(proof.violations).toEqual([]);
  });

  test('tells where firmware names the memory, if no node does', async () => {
    const fdt = parseFdt((await new SimulatedMachine().describe()).dtb);
    fdt.root.children = fdt.root.children.filter(({ name }) => !name.startsWith('memory@'));
    const request = { ...generateWorkload(200_000, 100_000, 3), cmdline: '', strategy: 'mmu-on', seed: 1 } as const;
    const bare = await reboot(new SimulatedMachine({ dtb: serializeFdt(fdt) }), request);
    expect(bare.plan.notes).toEqual([expect.stringContaining('names no memory: 49106 MiB are filled in')]);
    setProperty(ensureNode(fdt, '/chosen'), 'linux,uefi-mmap-start', new Uint8Array(8));
    const { proof } = await reboot(new SimulatedMachine({ dtb: serializeFdt(fdt) }), request);
    expect(proof.violations).toEqual([]);
  });

  test('entries of the memory reservation block stay, empty ones too', () => {
    const fdt = parseFdt(worn());
    fdt.reservations = [
      { address: 0x8000_0000n, size: 0n },
      { address: 0x9000_0000n, size: 4n },
    ];
    const next = parseFdt(draftDeviceTree(serializeFdt(fdt), boot).write(undefined));
    expect(next.reservations).toEqual(fdt.reservations);
  });
});
