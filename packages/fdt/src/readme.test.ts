import { expect, test } from 'vitest';
import { ensureNode, memoryRanges, parseFdt, printDts, serializeFdt, setProperty, stringValue } from './index.ts';
import { fixture } from './testing/fixtures.ts';

test('the example of the README', () => {
  const bytes = fixture('qemu-virt-gicv3-2g.dtb');

  const fdt = parseFdt(bytes);
  expect(memoryRanges(fdt)).toEqual([{ start: 0x40000000n, end: 0xbfffffffn }]);

  setProperty(ensureNode(fdt, '/chosen'), 'bootargs', stringValue('console=ttyAMA0'));
  const edited = serializeFdt(fdt);

  expect(printDts(parseFdt(edited)).includes('bootargs = "console=ttyAMA0";')).toBe(true);
});
