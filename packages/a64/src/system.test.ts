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
    'sctlrmask_el1',
    'tcr2mask_el12',
    'trbmpam_el1',
    'mpambw1_el1',
    'icc_idr0_el1',
  ])
    expect(Object.keys(newerRegisters)).toContain(name);
  // The trace unit and the branch recorder, which Linux reads; objdump knows them.
  expect(print(encodeRow('mrs', [x0, 's2_1_c0_c8_7']))).toBe('mrs x0, trcidr0');
  expect(print(encodeRow('mrs', [x0, 'brbidr0_el1']))).toBe('mrs x0, brbidr0_el1');
  expect(encodeRow('mrs', [x0, 'brbtgt31_el1'])).toBe(encodeRow('mrs', [x0, 's2_1_c8_c15_6']));
});

test('no two registers share a name or an encoding', () => {
  expect(new Set(registerNames().values()).size).toBe(registerNames().size);
});
