import {
  cellsValue,
  ensureNode,
  type Fdt,
  type FdtNode,
  setProperty,
  stringList,
  stringValue,
  u32Value,
  u64Value,
} from '@kexeckit/fdt';
import { describe, expect, test } from 'vitest';
import { usedByFirmware } from './used-by-firmware.ts';

/** A tree with cells, and a node. */
function treeWith(path: string, change: (node: FdtNode, fdt: Fdt) => void): Fdt {
  const fdt: Fdt = { bootCpuidPhys: 0, reservations: [], root: { name: '', properties: [], children: [] } };
  for (const name of ['#address-cells', '#size-cells']) setProperty(fdt.root, name, u32Value(2));
  change(ensureNode(fdt, path), fdt);
  return fdt;
}

const used = (path: string, change: (node: FdtNode, fdt: Fdt) => void): [start: bigint, end: bigint][] =>
  usedByFirmware(treeWith(path, change)).map(({ start, end }) => [start, end]);

describe('where CPUs wait', () => {
  const waiting = (method: string, value?: Uint8Array) =>
    used('/cpus/cpu@1', (cpu) => {
      setProperty(cpu, 'enable-method', stringValue(method));
      setProperty(cpu, 'status', stringValue('disabled'));
      if (value !== undefined) setProperty(cpu, 'cpu-release-addr', value);
    });

  test('is a page that firmware uses, whatever their status', () => {
    expect(waiting('spin-table', u64Value(0x8_0000_0ff8n))).toEqual([[0x8_0000_0000n, 0x8_0000_0fffn]]);
    expect(waiting('spin-table', u32Value(0xd8))).toEqual([[0n, 0xfffn]]);
  });

  test('is nowhere without an address, or with PSCI', () => {
    expect(waiting('spin-table')).toEqual([]);
    expect(waiting('spin-table', new Uint8Array(6))).toEqual([]);
    expect(waiting('psci', u64Value(0xd8n))).toEqual([]);
  });
});

describe('what is on the screen', () => {
  const screen = (node: FdtNode): void =>
    setProperty(node, 'compatible', stringList(['acme,framebuffer', 'simple-framebuffer']));
  const memory = cellsValue(0, 0x9000_0000, 0, 0x80_0000);
  const range = [0x9000_0000n, 0x907f_ffffn];

  test.each(['/chosen/framebuffer@90000000', '/framebuffer@90000000'])('is used by firmware: %s', (path) => {
    const shown = used(path, (node) => {
      screen(node);
      setProperty(node, 'reg', memory);
    });
    expect(shown).toEqual([range]);
  });

  test('has the cells of /chosen, where it has them', () => {
    const shown = used('/chosen/framebuffer', (node, fdt) => {
      screen(node);
      for (const name of ['#address-cells', '#size-cells']) setProperty(ensureNode(fdt, '/chosen'), name, u32Value(1));
      setProperty(node, 'reg', cellsValue(0x9000_0000, 0x80_0000));
    });
    expect(shown).toEqual([range]);
  });

  test('may be named by a phandle', () => {
    const shown = used('/chosen/framebuffer', (node, fdt) => {
      screen(node);
      setProperty(node, 'memory-region', u32Value(7));
      const region = ensureNode(fdt, '/reserved-memory/splash');
      setProperty(region, 'phandle', u32Value(7));
      setProperty(region, 'reg', memory);
      setProperty(ensureNode(fdt, '/reserved-memory/other'), 'reg', memory);
    });
    expect(shown).toEqual([range]);
  });

  test('is not there where it is disabled, elsewhere, or no range', () => {
    const disabled = (node: FdtNode): void => {
      screen(node);
      setProperty(node, 'reg', memory);
      setProperty(node, 'status', stringValue('disabled'));
    };
    expect(used('/chosen/framebuffer', disabled)).toEqual([]);
    expect(
      used('/soc/framebuffer', (node) => {
        screen(node);
        setProperty(node, 'reg', memory);
      }),
    ).toEqual([]);
    expect(
      used('/chosen/framebuffer', (node) => {
        screen(node);
        setProperty(node, 'reg', memory.subarray(4));
        setProperty(node, 'memory-region', u32Value(9));
      }),
    ).toEqual([]);
  });
});
