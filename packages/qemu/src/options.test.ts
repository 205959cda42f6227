import { describe, expect, test } from 'vitest';
import { QemuMachine } from './machine.ts';
import type { QemuOptions } from './options.ts';

const sound: QemuOptions = { memory: 1n << 30n, cpus: 2, exceptionLevel: 1 };
const three = (): QemuOptions['exceptionLevel'] => JSON.parse('3');

describe('a machine that QEMU cannot have', () => {
  test.each<[what: string, change: Partial<QemuOptions>]>([
    ['no memory', { memory: 0n }],
    ['less than nothing', { memory: -(1n << 30n) }],
    ['half a MiB', { memory: (1n << 30n) + 0x8_0000n }],
    ['all addresses', { memory: 1n << 64n }],
    ['no CPU', { cpus: 0 }],
    ['one CPU and a half', { cpus: 1.5 }],
    ['not a number of CPUs', { cpus: Number.NaN }],
    ['EL3', { exceptionLevel: three() }],
    ['VHE at EL1', { vhe: true }],
    ['a soft restart from EL2', { exceptionLevel: 2, softRestart: true }],
    ['no time', { timeoutMs: 0 }],
    ['time without end', { timeoutMs: Number.POSITIVE_INFINITY }],
  ])('%s', (_, change) => {
    expect(() => new QemuMachine({ ...sound, ...change })).toThrow(
      expect.objectContaining({ name: 'RebootError', code: 'EINVAL', hint: expect.any(String) }),
    );
  });

  test('one that it can have is not refused', () => {
    expect(new QemuMachine({ ...sound, exceptionLevel: 2, vhe: true, timeoutMs: 1000 }).name).toBe('qemu');
  });
});
