import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { descName, flagNames, formatResource, hasFlags, IORES_DESC, IORESOURCE } from './index.ts';

fc.configureGlobal({ seed: 20190708, numRuns: 300 });

describe('flagNames', () => {
  test('names System RAM as the kernel composes it', () => {
    expect(flagNames(0x8100_0200)).toEqual(['MEM', 'SYSRAM', 'BUSY']);
    expect(flagNames(IORESOURCE.REG)).toEqual(['REG']);
    expect(flagNames(0x201)).toEqual(['MEM', '0x1']);
  });

  test('every bit is in exactly one name', () => {
    fc.assert(
      fc.property(fc.nat({ max: 0x7fff_ffff }), fc.boolean(), (low, busy) => {
        const flags = (low | (busy ? IORESOURCE.BUSY : 0)) >>> 0;
        const values = new Map<string, number>(Object.entries(IORESOURCE));
        const sum = flagNames(flags).reduce((total, name) => total + (values.get(name) ?? Number(name)), 0);
        expect(sum).toBe(flags);
      }),
    );
  });
});

test('hasFlags knows the sign bit', () => {
  expect(hasFlags(0x8000_0000, IORESOURCE.BUSY)).toBe(true);
  expect(hasFlags(0x7fff_ffff, IORESOURCE.BUSY)).toBe(false);
});

test('descriptors have the names of the kernel', () => {
  expect(descName(IORES_DESC.CRASH_KERNEL)).toBe('CRASH_KERNEL');
  expect(descName(77)).toBe('77');
});

describe('formatResource', () => {
  test.each([
    [{ start: 0x3f8n, end: 0x3ffn, flags: IORESOURCE.IO }, '[io  0x03f8-0x03ff]'],
    [{ start: 5n, end: 5n, flags: IORESOURCE.IRQ }, '[irq 5]'],
    [{ start: 0n, end: 0xffn, flags: IORESOURCE.BUS }, '[bus 00-ff]'],
    [{ start: 0n, end: 0xfffn, flags: IORESOURCE.MEM | IORESOURCE.UNSET }, '[mem size 0x00001000]'],
    [{ start: 1n, end: 2n, flags: IORESOURCE.MEM | IORESOURCE.PREFETCH }, '[mem 0x00000001-0x00000002 pref]'],
    [{ start: 1n, end: 2n, flags: 0 }, '[??? 0x00000001-0x00000002 flags 0x0]'],
  ])('%o prints %s', (resource, text) => {
    expect(formatResource(resource)).toBe(text);
  });
});
