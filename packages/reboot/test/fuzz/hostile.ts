import type { Random } from './random.ts';

/** Where numbers of bits end, and what real machines have. */
const EDGES = [0n, 12n, 20n, 21n, 30n, 31n, 32n, 35n, 36n, 40n, 44n, 47n, 48n, 51n, 52n, 53n, 60n, 63n, 64n];

/** An address or a size that somebody may have forgotten. */
export function hostileAddress(random: Random): bigint {
  const edge = 1n << random.pick(EDGES);
  const near = random.pick([0n, 0n, 1n, -1n, 4096n, -4096n, 0x20_0000n]);
  if (random.chance(0.1)) return random.word() & -4096n;
  if (random.chance(0.05)) return random.word();
  return edge + near;
}

/** The same, of 64 bits. */
export const hostileWord = (random: Random): bigint => BigInt.asUintN(64, hostileAddress(random));

const NUMBERS = [
  0,
  1,
  -1,
  2,
  0.5,
  -0,
  15,
  16,
  17,
  64,
  4096,
  2 ** 20,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 40,
  2 ** 52,
  2 ** 53,
  2 ** 64,
  1e300,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];

/** A number where one is wanted. */
export const hostileNumber = (random: Random): number => random.pick(NUMBERS);

const TEXTS = [
  '',
  ' ',
  '\0',
  '\ud800',
  '0x',
  '0x-1',
  '0x10000000000000000',
  'mmu-on',
  'magic',
  '__proto__',
  'constructor',
  'kernel',
  'dtb',
  'initrd',
  '4294967296M',
  '64M@0x60000000',
  '64M@1',
  '0',
  '-1',
  '1E@1E',
  '64M,high',
  '64M,low',
  'kexeckernel=64M crashkernel=1G',
  '1G-:64M',
  '"\\',
];

/** A text where one is wanted; sometimes a long one. */
export function hostileText(random: Random): string {
  if (random.chance(0.02)) return 'A'.repeat(random.pick([5460, 5464, 5468, 2 ** 17]));
  return random.pick(TEXTS);
}

/** What JSON says, as a type that it need not be. */
export function pretend<T>(json: string): T {
  return JSON.parse(json);
}
