import { ensureNode, parseFdt, serializeFdt, setProperty, stringValue } from '@kexeckit/fdt';
import { minimalDeviceTree } from '@kexeckit/reboot';
import { expect, test } from 'vitest';
import { runningBootargs } from './bootargs.ts';

test('the command line of the running tree', () => {
  const blob = minimalDeviceTree([{ start: 0x4000_0000n, end: 0x7fff_ffffn }], 1);
  const fdt = parseFdt(blob);
  setProperty(ensureNode(fdt, '/chosen'), 'bootargs', stringValue('console=ttyAMA0 quiet'));
  expect(runningBootargs({ fdt: serializeFdt(fdt) })).toBe('console=ttyAMA0 quiet');
  expect([blob, undefined, Uint8Array.of(1, 2, 3)].map((each) => runningBootargs({ fdt: each }))).toEqual(['', '', '']);
});
