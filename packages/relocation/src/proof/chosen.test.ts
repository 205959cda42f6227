import { ensureNode, type Fdt, setProperty } from '@kexeckit/fdt';
import { expect, test } from 'vitest';
import { commandLineOf } from './chosen.ts';

const readFrom = (bootargs: Uint8Array | undefined): string => {
  const fdt: Fdt = { bootCpuidPhys: 0, reservations: [], root: { name: '', properties: [], children: [] } };
  if (bootargs !== undefined) setProperty(ensureNode(fdt, '/chosen'), 'bootargs', bootargs);
  return new TextDecoder().decode(commandLineOf(fdt));
};

test('a command line ends at its first NUL, loses the last byte in any case, and has 2047 bytes of room', () => {
  expect(readFrom(undefined)).toBe('');
  expect(readFrom(new Uint8Array())).toBe('');
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  expect(readFrom(bytes('quiet\0'))).toBe('quiet');
  expect(readFrom(bytes('quiet\0init=/bin/sh\0'))).toBe('quiet');
  expect(readFrom(bytes('quiet'))).toBe('quie');
  expect(readFrom(bytes(`${'x'.repeat(2047)}\0`))).toHaveLength(2047);
  expect(readFrom(bytes(`${'x'.repeat(2048)}\0`))).toHaveLength(2047);
});
