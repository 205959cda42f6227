import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { skipWithout } from '@kexeckit/testing';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseFdt } from '../parse.ts';
import { ensureNode, findNode, removeNode } from '../path.ts';
import { removeProperty, setProperty } from '../property.ts';
import { serializeFdt } from '../serialize.ts';
import { tree } from '../testing/arbitrary.ts';
import { bare, parseBare } from '../testing/bare.ts';
import { makeBlob } from '../testing/blob.ts';
import { thrownBy } from '../testing/errors.ts';
import { BLOBS, fixture, missing } from '../testing/fixtures.ts';
import type { Fdt, FdtNode } from '../tree.ts';
import { cellsValue, stringValue } from '../values.ts';
import { FdtBlob } from './fdt-blob.ts';

describe('a blob that is not edited', () => {
  test.each(BLOBS)('%s is the same tree', (name) => {
    expect(parseBare(new FdtBlob(fixture(name)).pack())).toEqual(parseBare(fixture(name)));
  });

  test('from dtc is the same bytes', () => {
    expect(new FdtBlob(fixture('board.dtb')).pack()).toEqual(fixture('board.dtb'));
  });

  test('is left as it was', () => {
    const bytes = fixture('board.dtb');
    new FdtBlob(bytes).setProperty('/', 'model', stringValue('x'));
    expect(bytes).toEqual(fixture('board.dtb'));
  });
});

/** Sorted by name: an editor and a tree put new things in different places. */
function sorted({ name, properties, children }: FdtNode): FdtNode {
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
  return { name, properties: [...properties].sort(byName), children: children.map(sorted).sort(byName) };
}

const paths = (node: FdtNode, path = ''): string[] => [
  path || '/',
  ...node.children.flatMap((child) => paths(child, `${path}/${child.name}`)),
];

type Edit = { kind: 'set' | 'unset' | 'make' | 'remove'; at: number; name: string; value: Uint8Array };
const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom('set', 'set', 'unset', 'make', 'remove'),
  at: fc.nat(1000),
  name: fc.constantFrom('reg', 'status', 'x-reg', 'new@1', 'compatible'),
  value: fc.uint8Array({ maxLength: 40 }),
});

function editBoth(fdt: Fdt, blob: FdtBlob, { kind, at, name, value }: Edit): void {
  const all = paths(fdt.root);
  const path = all[at % all.length] ?? '/';
  const node = findNode(fdt, path);
  if (node === undefined) throw new Error(path);
  if (kind === 'set') {
    setProperty(node, name, value);
    blob.setProperty(path, name, value);
    expect(blob.getProperty(path, name)).toEqual(value);
  } else if (kind === 'unset') {
    expect(blob.removeProperty(path, name)).toBe(removeProperty(node, name));
  } else if (kind === 'make') {
    ensureNode(fdt, `${path}/${name}/child`);
    blob.ensureNode(`${path}/${name}/child`);
  } else if (path !== '/') {
    expect(blob.removeNode(path)).toBe(removeNode(fdt, path));
  }
}

test('any edits do to a blob what they do to a tree', () => {
  fc.assert(
    fc.property(tree, fc.array(edit, { maxLength: 12 }), (original, edits) => {
      const fdt = parseFdt(serializeFdt(original));
      const blob = new FdtBlob(serializeFdt(fdt));
      for (const one of edits) editBoth(fdt, blob, one);
      const back = parseFdt(blob.pack());
      expect(sorted(bare(back).root)).toEqual(sorted(fdt.root));
      expect(back.reservations).toEqual(fdt.reservations);
      expect(back.bootCpuidPhys).toBe(fdt.bootCpuidPhys);
    }),
    { seed: 5, numRuns: 200 },
  );
});

test('reservations, boot CPU and padding', () => {
  const blob = new FdtBlob(fixture('board.dtb'));
  blob.reservations = [...blob.reservations, { address: 1n, size: 2n }, { address: 3n, size: 4n }];
  blob.bootCpuidPhys = 3;
  const { reservations, bootCpuidPhys, root } = parseBare(blob.pack());
  const before = parseBare(fixture('board.dtb'));
  expect(reservations).toEqual([...before.reservations, { address: 1n, size: 2n }, { address: 3n, size: 4n }]);
  expect(blob.reservations).toEqual(reservations);
  expect(bootCpuidPhys).toBe(3);
  expect(root).toEqual(before.root);
  blob.reservations = [];
  expect(parseFdt(blob.pack()).reservations).toEqual([]);
  const padded = blob.pack({ padding: 100 });
  expect(padded.length).toBe(blob.pack().length + 100);
  expect(new DataView(padded.buffer).getUint32(4)).toBe(padded.length);
  expect(parseBare(padded)).toEqual(parseBare(blob.pack()));
});

test('names of properties and children, aliases and names without unit addresses', () => {
  const blob = new FdtBlob(fixture('qemu-virt-gicv3-2g.dtb'));
  const { root } = parseFdt(fixture('qemu-virt-gicv3-2g.dtb'));
  expect(blob.childNames('/')).toEqual(root.children.map(({ name }) => name));
  expect(blob.propertyNames('/')).toEqual(root.properties.map(({ name }) => name));
  expect(blob.getProperty('/pl011', 'reg')).toEqual(blob.getProperty('/pl011@9000000', 'reg'));
  expect(blob.hasNode('/pl012')).toBe(false);
  expect(thrownBy(() => blob.hasNode('/virtio_mmio')).code).toBe('ENOTUNIQ');
  blob.ensureNode('/aliases');
  blob.setProperty('/aliases', 'uart', stringValue('/pl011@9000000'));
  expect(blob.propertyNames('uart')).toEqual(blob.propertyNames('/pl011@9000000'));
});

describe('what cannot be done is refused', () => {
  const blob = () => new FdtBlob(fixture('board.dtb'));
  test.each<[string, () => unknown, string]>([
    ['a node that is not there', () => blob().setProperty('/nowhere', 'x', cellsValue(1)), 'ENOENT'],
    ['a property name that cannot be', () => blob().setProperty('/', 'a b', cellsValue(1)), 'EINVAL'],
    ['a node name that cannot be', () => blob().ensureNode('/a b'), 'EINVAL'],
    ['an alias that is not there', () => blob().ensureNode('nowhere/x'), 'ENOENT'],
    ['the root node removed', () => blob().removeNode('/'), 'EINVAL'],
    ['half a byte of padding', () => blob().pack({ padding: 0.5 }), 'ERANGE'],
    ['a reservation that ends the list', () => (blob().reservations = [{ address: 0n, size: 0n }]), 'EINVAL'],
    ['a property outside a node', () => new FdtBlob(makeBlob({ struct: [3, 0, 0, 9] })).hasNode('/'), 'EINVAL'],
    ['a tree without end', () => new FdtBlob(makeBlob({ struct: [1, ''] })).hasNode('/x'), 'ERANGE'],
    ['a tree that ends too early', () => new FdtBlob(makeBlob({ struct: [1, '', 9] })).hasNode('/x'), 'EINVAL'],
  ])('%s', (_, act, code) => {
    expect(thrownBy(act).code).toBe(code);
  });
});

describe('as fdtput does it', () => {
  const edits: [string, string[], (blob: FdtBlob) => void][] = [
    [
      'a longer value',
      ['-ts', '/', 'model', 'a much longer model than it was'],
      (blob) => {
        blob.setProperty('/', 'model', stringValue('a much longer model than it was'));
      },
    ],
    ['a new property', ['-tx', '/', 'our-new', '7'], (blob) => blob.setProperty('/', 'our-new', cellsValue(7))],
    ['a name that ends another', ['-tx', '/', 'cells', '7'], (blob) => blob.setProperty('/', 'cells', cellsValue(7))],
    ['new nodes', ['-cp', '/a@1/b/c'], (blob) => blob.ensureNode('/a@1/b/c')],
    ['a node removed', ['-r', '/chosen'], (blob) => blob.removeNode('/chosen')],
    ['a property removed', ['-d', '/', 'model'], (blob) => blob.removeProperty('/', 'model')],
  ];

  test.for(edits)('%s', ([, [kind = '', ...rest], act], ctx) => {
    skipWithout(ctx, missing('fdtput'));
    const folder = mkdtempSync(join(tmpdir(), 'kexeckit-fdt-'));
    try {
      const file = join(folder, 'x.dtb');
      writeFileSync(file, fixture('board.dtb'));
      execFileSync('fdtput', kind.startsWith('-t') ? [kind, file, ...rest] : [kind, file, ...rest]);
      const blob = new FdtBlob(fixture('board.dtb'));
      act(blob);
      // libfdt leaves old bytes behind a value; all others are the same.
      const clean = (bytes: Uint8Array) => {
        const fdt = parseFdt(bytes, { layout: true });
        return serializeFdt(fdt.nameOrder === undefined ? bare(fdt) : { ...bare(fdt), nameOrder: fdt.nameOrder });
      };
      const theirs = new Uint8Array(readFileSync(file));
      expect(clean(blob.pack())).toEqual(clean(theirs));
      expect(blob.pack().length).toBe(theirs.length);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
