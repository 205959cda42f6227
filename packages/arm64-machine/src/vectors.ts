/** The SIMD registers V0 to V31 as signed 32-bit words, four a register, the lowest first: signed computes quicker. */
export class Vectors {
  readonly words: Int32Array = new Int32Array(32 * 4);

  /** The 128-bit value of a register. */
  get(register: number): bigint {
    let value = 0n;
    for (let at = 4 * register + 3; at >= 4 * register; at--)
      value = (value << 32n) | BigInt((this.words[at] ?? 0) >>> 0);
    return value;
  }

  /** Sets a register to a value modulo 2^128. */
  set(register: number, value: bigint): void {
    for (let word = 0; word < 4; word++) {
      this.words[4 * register + word] = Number(BigInt.asIntN(32, value >> BigInt(32 * word)));
    }
  }
}
