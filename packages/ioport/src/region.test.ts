import { describe, expect, test } from 'vitest';
import {
  copyTree,
  createResource,
  createTree,
  IORES_DESC,
  IORESOURCE,
  insertResource,
  insertResourceExpandToFit,
  type Resource,
  requestFreeMemRegion,
  requestRegion,
  resourceLines,
} from './index.ts';

const DEVICE = { start: 0x1000n, end: 0x1fffn, desc: IORES_DESC.DEVICE_PRIVATE_MEMORY };
const WARNING = 'resource: Unaddressable device devmem [mem 0x00001000-0x00001fff] conflicts with';

describe('a request that meets memory that the CPU cannot address', () => {
  const tree = createTree();
  insertResource(tree, { ...DEVICE, name: 'devmem' });

  test('is warned of, whether it is granted inside or refused', () => {
    for (const { root } of [copyTree(tree), copyTree(copyTree(tree))]) {
      const inside = requestRegion(root, 0x1100n, 0x100n, 'x');
      expect(inside.log).toEqual([['warn', `${WARNING} [mem 0x00001100-0x000011ff]`]]);
      expect(inside.resource).toMatchObject({ desc: IORES_DESC.DEVICE_PRIVATE_MEMORY, parent: { name: 'devmem' } });
      const across = requestRegion(root, 0xf00n, 0x200n, 'y');
      expect(across).toEqual({ resource: null, log: [['warn', `${WARNING} [mem 0x00000f00-0x000010ff]`]] });
    }
  });

  test('says so once, of the outermost one only', () => {
    const { root } = copyTree(tree);
    requestRegion(root, 0x1100n, 0x100n, 'x');
    const { resource, log } = requestRegion(root, 0x1100n, 0x80n, 'y');
    expect([resource, log.length]).toEqual([null, 1]);
  });

  test('below another resource, or among ports, it is not', () => {
    const { root } = copyTree(tree);
    const devmem = root.child;
    if (devmem) requestRegion(devmem, 0x1100n, 0x100n, 'x');
    expect(devmem && requestRegion(devmem, 0x1100n, 0x100n, 'y')).toEqual({ resource: null, log: [] });
    const ports = createTree('ioport');
    insertResource(ports, { ...DEVICE, name: 'devmem' });
    expect(requestRegion(ports.root, 0x1100n, 0x100n, 'x').log).toEqual([]);
  });

  test('a name that is missing prints as the kernel prints it', () => {
    const { root } = createTree();
    insertResource({ ...createTree(), root }, { ...DEVICE, name: null });
    expect(requestRegion(root, 0x1f00n, 0x200n, 'x').log[0]?.[1]).toMatch(
      /^resource: Unaddressable device \(null\) \[mem/,
    );
    const grown = createResource({ name: null, start: 0x1800n, end: 0x2fffn });
    expect(insertResourceExpandToFit(root, grown)).toEqual([
      ['info', 'resource: Expanded resource (null) due to conflict with (null)'],
    ]);
  });
});

describe('requestFreeMemRegion', () => {
  const SECTION = 0x800_0000n;

  test('gives device-private memory, which later requests are warned of', () => {
    const { root } = createTree();
    const { resource, log } = requestFreeMemRegion(root, root, SECTION, 'devmem');
    expect(resource).toMatchObject({ desc: IORES_DESC.DEVICE_PRIVATE_MEMORY, end: (1n << 46n) - 1n });
    expect(log).toEqual([]);
    expect(requestRegion(root, resource?.start ?? 0n, 0x1000n, 'x').log).toHaveLength(1);
  });

  test('in a window that is device-private itself is warned of, and refused where that is busy', () => {
    for (const [flags, isGiven] of [
      [IORESOURCE.MEM, true],
      [(IORESOURCE.MEM | IORESOURCE.BUSY) >>> 0, false],
    ] as const) {
      const tree = createTree();
      const spec = { name: 'window', start: 4n * SECTION, end: 8n * SECTION - 1n, desc: DEVICE.desc, flags };
      const base: Resource = insertResource(tree, spec);
      const { resource, log } = requestFreeMemRegion(tree.root, base, SECTION, 'devmem');
      expect([resource !== null, log.length]).toEqual([isGiven, 1]);
      expect(resourceLines(tree.root)).toHaveLength(isGiven ? 2 : 1);
    }
  });
});
