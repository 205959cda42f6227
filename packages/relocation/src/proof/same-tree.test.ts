import { ensureNode, type Fdt, removeProperty, setProperty, u32Value, u64Value } from '@kexeckit/fdt';
import { describe, expect, test } from 'vitest';
import { setInChosen, staleInChosen } from './chosen.ts';
import { firstTreeDifference } from './same-tree.ts';

/** The initramfs that was, and the one that will be. */
const OLD = { start: 0x5000_0000n, end: 0x5000_1233n };
const NEW = { start: 0x6000_0000n, end: 0x6000_0fffn };

function machine(): Fdt {
  const reservations = [
    { address: 0x4000_0000n, size: 0x1000n },
    { address: OLD.start, size: 0x2000n },
    { address: 0x4800_0000n, size: 0n },
  ];
  const fdt: Fdt = { bootCpuidPhys: 1, reservations, root: { name: '', properties: [], children: [] } };
  setProperty(fdt.root, '#address-cells', u32Value(2));
  setProperty(fdt.root, '#size-cells', u32Value(2));
  setProperty(ensureNode(fdt, '/cpus/cpu@0'), 'reg', u32Value(0));
  ensureNode(fdt, '/cpus/cpu@1');
  const chosen = ensureNode(fdt, '/chosen');
  setProperty(chosen, 'stdout-path', u32Value(1));
  setProperty(chosen, 'linux,initrd-start', u64Value(OLD.start));
  setProperty(chosen, 'linux,initrd-end', u64Value(OLD.end + 1n));
  for (const name of staleInChosen) setProperty(chosen, name, u32Value(2));
  ensureNode(fdt, '/chosen/framebuffer');
  ensureNode(fdt, '/psci');
  return fdt;
}

/** What a kexec makes of it. */
function next(change: (fdt: Fdt) => void = () => undefined): Fdt {
  const fdt = machine();
  const chosen = ensureNode(fdt, '/chosen');
  for (const name of staleInChosen) removeProperty(chosen, name);
  for (const name of setInChosen) setProperty(chosen, name, u32Value(3));
  fdt.reservations = fdt.reservations.filter(({ address }) => address !== OLD.start);
  fdt.reservations.push({ address: NEW.start, size: 0x1000n });
  change(fdt);
  return fdt;
}

const differenceIn = (change: (fdt: Fdt) => void): string | undefined =>
  firstTreeDifference(next(change), machine(), 0x3000, NEW);

describe('the tree of the next kernel', () => {
  test('differs by what a kexec changes, and the machine may have had no /chosen, or nothing to take away', () => {
    expect(differenceIn(() => undefined)).toBeUndefined();
    const bare = (): Fdt => ({ ...machine(), root: { name: '', properties: [], children: [] }, reservations: [] });
    const told = bare();
    expect(firstTreeDifference(told, bare(), 0x3000, undefined)).toBeUndefined();
    setProperty(ensureNode(told, '/chosen'), 'bootargs', u32Value(0));
    expect(firstTreeDifference(told, bare(), 0x3000, undefined)).toBeUndefined();
    setProperty(ensureNode(told, '/chosen'), 'stdout-path', u32Value(0));
    expect(firstTreeDifference(told, bare(), 0x3000, undefined)).toBe(
      "/chosen has stdout-path, and the machine's has not",
    );
  });

  test('need not reserve where the tree of the old one lies', () => {
    const blob = { address: 0x7000_0000n, size: 0x3000n };
    const reserving = (): Fdt => ({ ...machine(), reservations: [...machine().reservations, blob] });
    expect(firstTreeDifference(next(), reserving(), 0x3000, NEW)).toBeUndefined();
    expect(
      firstTreeDifference(
        next(({ reservations }) => reservations.splice(2, 0, blob)),
        reserving(),
        0x3000,
        NEW,
      ),
    ).toBeUndefined();
    expect(firstTreeDifference(next(), reserving(), 0x4000, NEW)).toContain('it does not reserve 0x3000 bytes');
  });

  test.each<[string, (fdt: Fdt) => void, string]>([
    ['the boot CPU', (fdt) => Object.assign(fdt, { bootCpuidPhys: 0 }), 'it boots CPU 0x0'],
    [
      'a property',
      (fdt) => setProperty(ensureNode(fdt, '/cpus/cpu@0'), 'reg', u32Value(4)),
      '/cpus/cpu@0 has another reg',
    ],
    ['one too many', (fdt) => setProperty(ensureNode(fdt, '/psci'), 'method', u32Value(4)), '/psci has method'],
    ['one missing', ({ root }) => removeProperty(root, '#size-cells'), '/ does not have #size-cells'],
    ['a node too many', (fdt) => ensureNode(fdt, '/memory@0'), 'it has /memory@0'],
    ['a node missing', (fdt) => ensureNode(fdt, '/cpus').children.pop(), 'it does not have /cpus/cpu@1'],
    ['an order', (fdt) => fdt.root.children.reverse(), "it has /psci where the machine's has /cpus"],
    ['/chosen: a node', (fdt) => ensureNode(fdt, '/chosen/module@0'), 'it has /chosen/module@0'],
    [
      '/chosen: a property',
      (fdt) => removeProperty(ensureNode(fdt, '/chosen'), 'stdout-path'),
      '/chosen does not have stdout',
    ],
    ['an entry too many', (fdt) => fdt.reservations.push({ address: 1n, size: 1n }), 'it reserves 0x1 bytes at 0x1'],
    ['an entry in front', (fdt) => fdt.reservations.unshift({ address: 1n, size: 1n }), 'it does not reserve'],
    ['an entry missing', (fdt) => fdt.reservations.shift(), 'it does not reserve 0x1000 bytes at 0x40000000'],
    [
      'what kept the old initramfs',
      (fdt) => fdt.reservations.splice(1, 0, { address: OLD.start, size: 0x2000n }),
      "it reserves 0x2000 bytes at 0x50000000, where the running kernel's initramfs was",
    ],
    ['an empty entry missing', (fdt) => fdt.reservations.splice(1, 1), 'it does not reserve 0x0 bytes at 0x48000000'],
  ])('differs otherwise: %s', (_, change, said) => {
    expect(differenceIn(change)).toContain(said);
  });

  test('has one /chosen, whatever its unit address', () => {
    const add = (fdt: Fdt): unknown => fdt.root.children.unshift({ name: 'chosen@0', properties: [], children: [] });
    expect(() => differenceIn(add)).toThrow(expect.objectContaining({ name: 'FdtError', code: 'ENOTUNIQ' }));
    const rename = (fdt: Fdt): Fdt => {
      Object.assign(ensureNode(fdt, '/chosen'), { name: 'chosen@0' });
      return fdt;
    };
    expect(firstTreeDifference(rename(next()), rename(machine()), 0x3000, NEW)).toBeUndefined();
    expect(firstTreeDifference(rename(next()), machine(), 0x3000, NEW)).toContain('it has /chosen@0');
  });
});
