import { describe, expect, test } from 'vitest';
import { parseDts } from './dts/read.ts';
import { thrownBy } from './testing/errors.ts';
import { translateAddress, translateReg } from './translate.ts';

const tree = (body: string) => parseDts(`/dts-v1/; / { #address-cells = <2>; #size-cells = <2>; ${body} };`);

const BOARD = tree(`
	top@1000 { reg = <0 0x1000 0 0x10>, <1 2 3 4>; };
	soc {
		#address-cells = <1>; #size-cells = <1>;
		ranges = <0x0 0x1 0x0 0x10000000>, <0x20000000 0x8 0x80000000 0x1000>;
		uart@100 { reg = <0x100 0x20>, <0x20000800 1>, <0x20001000 1>; };
		same {
			#address-cells = <1>; #size-cells = <1>; ranges;
			dev@5 { reg = <5 1>; };
			i2c { #address-cells = <1>; #size-cells = <0>; eeprom@50 { reg = <0x50>; }; };
		};
		closed { #address-cells = <1>; #size-cells = <1>; dev@5 { reg = <5 1>; }; };
		heir { ranges; dev@7 { reg = <7 2>; }; };
	};
	pcie@9 {
		device_type = "pci"; #address-cells = <3>; #size-cells = <2>;
		ranges = <0x01000000 0 0 0 0x3eff0000 0 0x10000>, <0x43000000 0x80 0 0x80 0 0x80 0>;
		dev@0 { reg = <0x02000000 0x80 0x100 0 0x10>, <0x01000000 0 0x10 0 1>, <0x02000000 0 0x10 0 1>; };
	};
	isa { #address-cells = <2>; #size-cells = <1>; ranges = <1 0 0 0x3000 0x100>; rtc@70 { reg = <1 0x70 2>, <0 0x70 2>; }; };
`);

describe('translateReg', () => {
  test.each<[string, string, [bigint | undefined, bigint][]]>([
    [
      'below the root nothing is translated',
      '/top@1000',
      [
        [0x1000n, 0x10n],
        [0x100000002n, 0x300000004n],
      ],
    ],
    [
      'each range of a bus',
      '/soc/uart@100',
      [
        [0x100000100n, 0x20n],
        [0x880000800n, 1n],
        [undefined, 1n],
      ],
    ],
    ['empty ranges change nothing', '/soc/same/dev@5', [[0x100000005n, 1n]]],
    ['no ranges, no address', '/soc/closed/dev@5', [[undefined, 1n]]],
    ['counts of cells are those of the nearest node that has them', '/soc/heir/dev@7', [[0x100000007n, 2n]]],
    ['an address of a bus without sizes is none of the CPU', '/soc/same/i2c/eeprom@50', [[undefined, 0n]]],
    [
      'PCI: by space',
      '/pcie@9/dev@0',
      [
        [undefined, 0x10n],
        [0x3eff0010n, 1n],
        [undefined, 1n],
      ],
    ],
    [
      'ISA: by space',
      '/isa/rtc@70',
      [
        [0x3070n, 2n],
        [undefined, 2n],
      ],
    ],
    ['nothing', '/nowhere', []],
    ['no reg', '/soc', []],
  ])('%s', (_, path, expected) => {
    expect(translateReg(BOARD, path)).toEqual(expected.map(([address, size]) => ({ address, size })));
  });

  test('64-bit memory of PCI is another space than 32-bit memory', () => {
    const bits = 0x03000000n << 64n;
    expect(translateAddress(BOARD, '/pcie@9', bits | 0x8000000100n)).toBe(0x8000000100n);
    expect(translateAddress(BOARD, '/pcie@9', 0x8000000100n)).toBeUndefined();
  });
});

test('an address on a bus', () => {
  expect(translateAddress(BOARD, '/soc', 0x100n)).toBe(0x100000100n);
  expect(translateAddress(BOARD, '/', 0x100n)).toBe(0x100n);
  expect(translateAddress(BOARD, '/nowhere', 0x100n)).toBeUndefined();
});

test('cells that nobody can count are no address, or an error', () => {
  const fdt = tree('b { #address-cells = <0xffffffff>; #size-cells = <1>; ranges = <1>; d { reg = <1 2>; }; };');
  expect(translateAddress(fdt, '/b', 1n)).toBeUndefined();
  expect(translateReg(fdt, '/b/d')).toEqual([]);
  const odd = tree('b { #address-cells = <1>; #size-cells = <1>; ranges = [01]; d { reg = <1 2>; }; };');
  expect(thrownBy(() => translateReg(odd, '/b/d')).code).toBe('EINVAL');
});
