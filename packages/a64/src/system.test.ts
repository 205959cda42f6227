import { expect, test } from 'vitest';
import { newerRegisters } from '../test/newer-registers.ts';
import { encodeRow, print } from './codec.ts';
import { x0 } from './registers.ts';
import { registerNames } from './system.ts';

test('registers that newer kernels read have names: MMFR3 and MMFR4, TCR2, PIR, SCTLR2 and their neighbours', () => {
  for (const [name, numbers] of Object.entries(newerRegisters)) {
    expect([name, encodeRow('mrs', [x0, name])]).toEqual([name, encodeRow('mrs', [x0, numbers])]);
    expect(print(encodeRow('mrs', [x0, numbers]))).toBe(`mrs x0, ${name}`);
  }
  for (const name of [
    'id_aa64mmfr3_el1',
    'tcr2_el1',
    'tcr2_el2',
    'pir_el1',
    'pire0_el1',
    'pir_el2',
    'sctlr2_el1',
    'sctlr2_el2',
  ])
    expect(Object.keys(newerRegisters)).toContain(name);
});

test('no two registers share a name or an encoding', () => {
  expect(new Set(registerNames().values()).size).toBe(registerNames().size);
});
