/** FIPS 180-4, 4.2.2 and 5.3.3: the first 32 bits of the fractional parts of roots of the first primes. */
const PRIMES = [
  2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109,
  113, 127, 131, 137, 139, 149, 151, 157, 163, 167, 173, 179, 181, 191, 193, 197, 199, 211, 223, 227, 229, 233, 239,
  241, 251, 257, 263, 269, 271, 277, 281, 283, 293, 307, 311,
];

/** Whether a word is the round constant of this number: of the cube root. */
export const isRoundConstant = (number: number, word: number): boolean => isFraction(PRIMES[number] ?? 0, 3n, word);

/** Whether a word is the initial hash value of this number: of the square root. */
export const isInitialValue = (number: number, word: number): boolean => isFraction(PRIMES[number] ?? 0, 2n, word);

/** Whether a root lies between this fraction and the next larger one. */
function isFraction(prime: number, power: bigint, word: number): boolean {
  const whole = BigInt(Math.floor(prime ** (1 / Number(power)) + 1e-9));
  const root = (whole << 32n) | BigInt(word);
  const scaled = BigInt(prime) << (32n * power);
  return root ** power <= scaled && scaled < (root + 1n) ** power;
}
