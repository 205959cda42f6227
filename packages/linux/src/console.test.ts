import { cellsValue, ensureNode, type Fdt, serializeFdt, setProperty, stringList, stringValue } from '@kexeckit/fdt';
import { describe, expect, test } from 'vitest';
import { consoleOf } from './console.ts';

/** A tree like that of QEMU's virt machine. */
function tree(stdout: string | undefined, compatible = ['arm,pl011', 'arm,primecell']): Uint8Array {
  const fdt: Fdt = { bootCpuidPhys: 0, reservations: [], root: { name: '', properties: [], children: [] } };
  setProperty(fdt.root, '#address-cells', cellsValue(2));
  setProperty(fdt.root, '#size-cells', cellsValue(2));
  const uart = ensureNode(fdt, '/pl011@9000000');
  setProperty(uart, 'compatible', stringList(compatible));
  setProperty(uart, 'reg', cellsValue(0, 0x0900_0000, 0, 0x1000));
  setProperty(ensureNode(fdt, '/aliases'), 'serial0', stringValue('/pl011@9000000'));
  if (stdout !== undefined) setProperty(ensureNode(fdt, '/chosen'), 'stdout-path', stringValue(stdout));
  return serializeFdt(fdt);
}

describe('the console of a device tree', () => {
  test.each(['/pl011@9000000', '/pl011@9000000:115200n8', 'serial0', 'serial0:115200'])('%s', (path) => {
    expect(consoleOf(tree(path))).toEqual({ kind: 'pl011', address: 0x0900_0000n });
  });

  test.each<[why: string, blob: Uint8Array]>([
    ['nothing is named', tree(undefined)],
    ['it is no PL011', tree('serial0', ['ns16550a'])],
    ['it is nowhere', tree('/uart@1')],
    ['it stands behind a bus', tree('/soc/pl011@9000000')],
    ['the tree is damaged', Uint8Array.of(1, 2, 3)],
  ])('is not known where %s', (_, blob) => {
    expect(consoleOf(blob)).toBeUndefined();
  });
});
