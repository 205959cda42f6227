import { parseIomem, rolesOf } from '@kexeckit/ioport';
import { expect, test } from 'vitest';
import { roleItems } from './roles.ts';

/** What is drawn of a map: kind, name and ends. */
function drawn(...lines: string[]): string[] {
  const items = roleItems(rolesOf(parseIomem(`${lines.join('\n')}\n`)));
  return items.map(({ kind, name, start, end }) => `${kind}: ${name} ${start.toString(16)}-${end.toString(16)}`);
}

test('the kernel, the regions and the reservations of a machine', () => {
  expect(
    drawn(
      '40000000-bfffffff : System RAM',
      '  40200000-40ffffff : Kernel code',
      '  41000000-410fffff : reserved',
      '  50000000-53ffffff : Kexec kernel',
      '  b0000000-bfffffff : Crash kernel',
    ),
  ).toEqual([
    'reserved: Reserved 41000000-410fffff',
    'old kernel: Kernel code of the running kernel 40200000-40ffffff',
    'region: Kexec kernel 50000000-53ffffff',
    'crash kernel: Crash kernel b0000000-bfffffff',
  ]);
});

test('reservations that touch are one mark, in RAM or beside it', () => {
  expect(
    drawn(
      '40000000-4fffffff : System RAM',
      '  48000000-4fffffff : reserved',
      '    49000000-49ffffff : reserved',
      '50000000-50ffffff : reserved',
    ),
  ).toEqual(['reserved: Reserved 48000000-50ffffff']);
});

test('devices and firmware have no look', () => {
  expect(drawn('09000000-09000fff : pl011@9000000', '0a000000-0a000fff : ACPI Tables')).toEqual([]);
});
