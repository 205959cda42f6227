import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { explainDescriptor, type Granule, type Space, shapeOf } from './index.ts';

const anySpace: fc.Arbitrary<Space> = fc
  .record({
    granule: fc.constantFrom<Granule>('4K', '16K', '64K'),
    vaBits: fc.constantFrom(39, 48),
    regime: fc.constantFrom<Space['regime']>('EL1', 'EL2', 'EL2&0', 'stage2'),
    paBits: fc.constantFrom(48, 52),
    flatPermissions: fc.boolean(),
  })
  .filter(
    ({ regime, flatPermissions, granule, vaBits, paBits }) =>
      regime !== 'stage2' || !(flatPermissions || (granule === '16K' && vaBits === 48 && paBits === 48)),
  );

test('every bit of any descriptor is in one field, and the fields make up the descriptor', () => {
  const halves = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  fc.assert(
    fc.property(anySpace, fc.integer({ min: 0, max: 3 }), halves, halves, (space, offset, low, high) => {
      const level = Math.min(shapeOf(space).startLevel + offset, 3);
      let next = 63n;
      let value = 0n;
      for (const field of explainDescriptor(space, level, low, high)) {
        const [from = 0, to = from] = field.bits.split(':').map(Number);
        expect(BigInt(from)).toBe(next);
        expect(field.value).toBeLessThan(1n << BigInt(from - to + 1));
        expect(field.meaning).not.toBe('');
        value |= field.value << BigInt(to);
        next = BigInt(to) - 1n;
      }
      expect(next).toBe(-1n);
      expect(value).toBe((BigInt(high) << 32n) | BigInt(low));
    }),
    { numRuns: 2000, seed: 3 },
  );
});

const lines = (space: Space, level: number, low: number, high: number): string[] =>
  explainDescriptor(space, level, low, high).map(
    ({ bits, name, value, meaning }) => `${bits} ${name} ${value}: ${meaning}`,
  );

test('a block of kernel text at level 2', () => {
  expect(lines({ granule: '4K', vaBits: 48, regime: 'EL1' }, 2, 0x40200781, 1 << 22)).toEqual([
    '63 IGNORED 0: hardware does not look at it',
    '62:59 PBHA 0: page-based hardware attributes (FEAT_HPDS2), else ignored',
    '58:55 Software 0: left to software',
    '54 UXN 1: EL0 may not execute it',
    '53 PXN 0: privileged code may execute it',
    '52 Contiguous 0: stands alone',
    '51 DBM 0: hardware does not make it writable',
    '50 GP 0: branches may land anywhere',
    '49:48 RES0 0: reserved',
    '47:21 output address[47:21] 513: 0x40200000',
    '20:17 RES0 0: reserved',
    '16 nT 0: an ordinary block',
    '15:12 RES0 0: reserved',
    '11 nG 0: global',
    '10 AF 1: accessed',
    '9:8 SH 3: inner',
    '7:6 AP[2:1] 2: read-only, no access from EL0',
    '5 NS 0: ignored outside Secure state',
    '4:2 AttrIndx 0: Normal',
    '1:0 Type 1: block of level 2',
  ]);
});

test('the same bits are a table above, and reserved in a last level', () => {
  const space: Space = { granule: '64K', vaBits: 48, regime: 'EL1', paBits: 52 };
  expect(lines(space, 2, 0x4020f003, 0x6000_0000)).toEqual([
    '63 NSTable 0: ignored outside Secure state',
    '62:61 APTable 3: nothing below is writable, and EL0 has no access',
    '60 UXNTable 0: no limit',
    '59 PXNTable 0: no limit',
    '58:51 IGNORED 0: hardware does not look at it',
    '50:48 RES0 0: reserved',
    '47:16 next-level table address[47:16] 16416: 0xf000040200000',
    '15:12 next-level table address[51:48] 15: part of the address',
    '11:2 IGNORED 0: hardware does not look at it',
    '1:0 Type 3: table of level 3',
  ]);
  expect(lines(space, 3, 0x1001, 0)).toEqual([
    '63:2 IGNORED 1024: hardware does not look at it',
    '1:0 Type 1: reserved at level 3: translation fault',
  ]);
  expect(lines(space, 3, 0x1002, 0).at(-1)).toBe('0 Valid 0: invalid: translation fault');
});

test('stage 2 and LPA2 have fields of their own', () => {
  const stage2 = lines({ granule: '4K', vaBits: 40, regime: 'stage2' }, 3, 0x4000_07ff, 1 << 22);
  expect(stage2).toContain('54:53 XN 2: not executable');
  expect(stage2).toContain('7:6 S2AP 3: read and write');
  expect(stage2).toContain('5:2 MemAttr 15: Normal');
  const lpa2 = lines({ granule: '16K', vaBits: 48, regime: 'EL2', paBits: 52 }, 3, 0x4000_0743, (1 << 22) | (3 << 16));
  expect(lpa2).toContain('49:14 output address[49:14] 51539673088: 0xf000040000000');
  expect(lpa2).toContain('9:8 output address[51:50] 3: part of the address');
  expect(lpa2).toContain('54 XN 1: not executable');
});
