import { expect, test } from 'vitest';
import { machineArguments } from './machine.ts';

const line = (...parameters: Parameters<typeof machineArguments>): string => machineArguments(...parameters).join(' ');

test('a machine with a device tree has no ITS unless it is asked for', () => {
  const machine = line({ firmware: 'dt', level: 'EL1' });
  expect(machine).toContain('-M virt,gic-version=3,its=off -cpu cortex-a57 -m 2048M -smp 2 ');
  expect(machine).not.toContain('pflash');
  expect(line({ firmware: 'dt', level: 'EL1', its: true })).toContain('its=on');
});

test('with UEFI it has one, and two flashes', () => {
  const machine = line({ firmware: 'uefi', level: 'EL2', memory: 1024, cpus: 4, qemu: ['-icount', 'shift=1'] });
  expect(machine).toContain('-M virt,gic-version=3,its=on,virtualization=on -cpu cortex-a57 -m 1024M -smp 4 ');
  expect(machine.match(/if=pflash/g)).toHaveLength(2);
  expect(machine).toMatch(/ -icount shift=1$/);
});

test('VHE takes a CPU that has it', () => {
  expect(line({ firmware: 'dt', level: 'VHE' })).toContain('virtualization=on -cpu neoverse-n1');
});
