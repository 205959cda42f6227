import { describe, expect, test } from 'vitest';
import { type ExplainedRegister, explainRegister } from './explain-registers.ts';
import { mairValue } from './memory-type.ts';
import { faultStatus, parOf } from './par.ts';
import { translationRegisters } from './registers.ts';
import type { Space } from './space.ts';
import type { WalkFault } from './walk.ts';

const REGISTERS: readonly ExplainedRegister[] = ['tcr_el1', 'tcr_el2', 'vtcr_el2', 'ttbr', 'vttbr', 'mair', 'par'];

/** The meaning of a field. */
const meaning = (register: ExplainedRegister, value: bigint, name: string): string | undefined =>
  explainRegister(register, value).find((field) => field.name === name)?.meaning;

test.each(REGISTERS)('%s: every bit is in one field', (register) => {
  for (const value of [0n, 1n, 2n ** 64n - 1n, 0x0123_4567_89ab_cdefn]) {
    let [next, whole] = [63, 0n];
    for (const { bits, value: part, meaning } of explainRegister(register, value)) {
      const [from = -1, to = from] = bits.split(':').map(Number);
      expect(from).toBe(next);
      expect(meaning).not.toBe('');
      whole |= part << BigInt(to);
      next = to - 1;
    }
    expect({ next, whole }).toEqual({ next: -1, whole: value });
  }
});

describe('what is written is explained', () => {
  test.each<[Space, Record<string, string>]>([
    [
      { granule: '4K', vaBits: 39, regime: 'EL1' },
      {
        T0SZ: '39 bits of input address',
        TG0: '4K pages',
        IPS: '48 bits of output address',
        EPD1: 'walks of this half fault',
        EPD0: 'walks of this half are done',
      },
    ],
    [
      { granule: '16K', vaBits: 47, regime: 'EL1', half: 'upper' },
      { T1SZ: '47 bits of input address', TG1: '16K pages', EPD0: 'walks of this half fault' },
    ],
    [
      { granule: '64K', vaBits: 52, regime: 'EL1', paBits: 52, asidBits: 16 },
      { TG0: '64K pages', IPS: '52 bits of output address', AS: '16 bits of ASID' },
    ],
    [
      { granule: '4K', vaBits: 52, regime: 'EL1', paBits: 52, setsAccessFlag: true, flatPermissions: true },
      {
        DS: 'descriptors have the LPA2 layout',
        HA: 'hardware sets the access flag',
        HPD0: 'limits of tables below are ignored',
      },
    ],
    [
      { granule: '4K', vaBits: 40, regime: 'EL2', paBits: 40, shareability: 'outer' },
      {
        T0SZ: '40 bits of input address',
        PS: '40 bits of output address',
        SH0: 'outer shareable',
        IRGN0: 'write-back, write-allocate',
      },
    ],
  ])('%j', (space, expected) => {
    const { tcr } = translationRegisters(space, 0n);
    for (const [name, said] of Object.entries(expected))
      expect(meaning(space.regime === 'EL2' ? 'tcr_el2' : 'tcr_el1', tcr, name)).toBe(said);
  });

  test.each<[Space, string]>([
    [{ granule: '4K', vaBits: 40, paBits: 40, regime: 'stage2', startLevel: 1 }, 'walks begin at level 1'],
    [{ granule: '4K', vaBits: 48, paBits: 48, regime: 'stage2' }, 'walks begin at level 0'],
    [{ granule: '4K', vaBits: 52, paBits: 52, regime: 'stage2' }, 'walks begin at level -1'],
    [{ granule: '16K', vaBits: 40, paBits: 40, regime: 'stage2', startLevel: 2 }, 'walks begin at level 2'],
    [{ granule: '64K', vaBits: 40, paBits: 40, regime: 'stage2' }, 'walks begin at level 2'],
  ])('VTCR of %j', (space, start) => {
    const { tcr } = translationRegisters(space, 0n);
    expect(meaning('vtcr_el2', tcr, 'SL0')).toBe(start);
    expect(meaning('vtcr_el2', tcr, 'T0SZ')).toBe(`${space.vaBits} bits of input address`);
    expect(meaning('vtcr_el2', tcr, 'TG0')).toBe(`${space.granule} pages`);
    expect(meaning('vtcr_el2', tcr, 'PS')).toBe(`${space.paBits} bits of output address`);
    expect(meaning('vtcr_el2', tcr, 'RES1')).toBe('reserved');
  });

  test('VTCR with a start level that there is not', () => {
    expect(meaning('vtcr_el2', 0x40c0n, 'SL0')).toBe('reserved');
  });

  test('VTTBR', () => {
    expect(meaning('vttbr', 0x0007_0000_4100_0001n, 'VMID')).toBe('virtual machine identifier 7');
    expect(meaning('vttbr', 0x0007_0000_4100_0001n, 'BADDR')).toContain('root table at 0x41000000;');
  });

  test('MAIR', () => {
    expect(meaning('mair', mairValue(), 'Attr0')).toBe('Normal');
    expect(meaning('mair', mairValue(), 'Attr2')).toBe('Device-nGnRE');
    expect(meaning('mair', 0x01n << 8n, 'Attr1')).toBe('Device-nGnRnE');
    expect(meaning('mair', 0x50n, 'Attr0')).toBe('reserved');
  });

  test('TTBR', () => {
    expect(meaning('ttbr', 0x0007_0000_4100_0001n, 'ASID')).toBe('address space identifier 7');
    expect(meaning('ttbr', 0x0007_0000_4100_0001n, 'BADDR')).toContain('root table at 0x41000000;');
    expect(meaning('ttbr', 0x0007_0000_4100_0001n, 'CnP')).toBe('shared with the other CPUs');
  });

  test.each<[WalkFault | 'permission-fault', number, string]>([
    ['translation-fault', 2, 'translation fault at level 2'],
    ['translation-fault', -1, 'translation fault at level -1'],
    ['address-size-fault', 0, 'address size fault at level 0'],
    ['access-flag-fault', 3, 'access flag fault at level 3'],
    ['permission-fault', 3, 'permission fault at level 3'],
    ['external-abort', 1, 'external abort on a walk at level 1'],
    ['external-abort', -1, 'external abort on a walk at level -1'],
  ])('PAR of %s at level %i', (fault, level, said) => {
    const par = 1n | (BigInt(faultStatus(fault, level)) << 1n);
    expect(meaning('par', par, 'FST')).toBe(said);
  });

  test('PAR of what is mapped', () => {
    const space: Space = { granule: '4K', vaBits: 39, regime: 'EL1' };
    const attributes = { type: 'Normal', writable: false, executable: true, shareability: 'inner' } as const;
    const steps = [{ level: 3, table: 1, index: 0, low: (3 << 8) | 0x403, high: 0 }];
    const mapped = { kind: 'mapped', frame: 0x40201, level: 3, attributes, contiguous: false, steps } as const;
    const par = parOf(space, 0x1234n, mapped, { write: false, user: false });
    expect(meaning('par', par, 'PA')).toBe('output page at 0x40201000');
    expect(meaning('par', par, 'SH')).toBe('inner shareable');
    expect(meaning('par', par, 'ATTR')).toBe('Normal');
    expect(meaning('par', par, 'F')).toBe('the translation was done');
  });
});

test.each([-1n, 2n ** 64n])('%s is refused', (value) => {
  expect(() => explainRegister('mair', value)).toThrow(/no value of 64 bits/);
});
