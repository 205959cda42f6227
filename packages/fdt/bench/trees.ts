import { cellsValue, type FdtNode, serializeFdt, stringList, stringValue, u32Value } from '@kexeckit/fdt';

/** A tree of devices: as many as make some `size` bytes, the same in every run. */
export function treeOfDevices(size: number): { readonly blob: Uint8Array; readonly lastPath: string } {
  const devices: FdtNode[] = [];
  // A device takes some 370 bytes.
  for (let index = 0; index < size / 370; index++) devices.push(device(index));
  const soc: FdtNode = {
    name: 'soc@0',
    properties: [
      { name: '#address-cells', value: u32Value(2) },
      { name: '#size-cells', value: u32Value(2) },
      { name: 'compatible', value: stringValue('simple-bus') },
      { name: 'ranges', value: new Uint8Array(0) },
    ],
    children: devices,
  };
  const root: FdtNode = { name: '', properties: [{ name: 'model', value: stringValue('bench') }], children: [soc] };
  const blob = serializeFdt({ bootCpuidPhys: 0, reservations: [], root });
  return { blob, lastPath: `/soc@0/${devices.at(-1)?.name}` };
}

function device(index: number): FdtNode {
  const address = 0x1000_0000 + index * 0x1000;
  return {
    name: `serial@${address.toString(16)}`,
    properties: [
      { name: 'compatible', value: stringList([`vendor,uart-v${index % 7}`, 'arm,pl011', 'arm,primecell']) },
      { name: 'reg', value: cellsValue(0, address, 0, 0x1000) },
      { name: 'interrupts', value: cellsValue(0, index % 900, 4) },
      { name: 'clocks', value: cellsValue(1, index, 1, index + 1) },
      { name: 'clock-names', value: stringList(['uartclk', 'apb_pclk']) },
      { name: 'phandle', value: u32Value(index + 2) },
      { name: 'status', value: stringValue(index % 2 === 0 ? 'okay' : 'disabled') },
    ],
    children: [{ name: 'port', properties: [{ name: 'remote-endpoint', value: u32Value(index + 2) }], children: [] }],
  };
}
