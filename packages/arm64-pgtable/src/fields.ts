/** One field of a descriptor or register. */
export interface DescriptorField {
  /** Position, as the Arm ARM writes it: `63:59`, or `10` for a single bit. */
  readonly bits: string;
  /** The Arm ARM's name; `RES0` and `IGNORED` for what it gives none. */
  readonly name: string;
  readonly value: bigint;
  /** What the value means here. */
  readonly meaning: string;
}

/** Takes fields off a descriptor or register from the top. */
export class Fields {
  readonly #value: bigint;
  readonly #fields: DescriptorField[] = [];
  #next = 63;

  constructor(value: bigint) {
    this.#value = value;
  }

  static ofHalves(low: number, high: number): Fields {
    return new Fields((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0));
  }

  /** The field from the highest bit that is left down to `to`. */
  take(to: number, name: string, meaning: string | ((value: number) => string)): void {
    const from = this.#next;
    if (to > from) return;
    const value = (this.#value >> BigInt(to)) & ((1n << BigInt(from - to + 1)) - 1n);
    this.#fields.push({
      bits: from === to ? `${to}` : `${from}:${to}`,
      name,
      value,
      meaning: typeof meaning === 'string' ? meaning : meaning(Number(value)),
    });
    this.#next = to - 1;
  }

  reserved(to: number): void {
    this.take(to, 'RES0', (value) => (value === 0 ? 'reserved' : 'reserved, and should be 0'));
  }

  ignored(to: number): void {
    this.take(to, 'IGNORED', 'hardware does not look at it');
  }

  /** All fields, where the last one has been taken. */
  all(): DescriptorField[] {
    return this.#fields;
  }

  done(type: string): DescriptorField[] {
    this.take(0, this.#next === 0 ? 'Valid' : 'Type', type);
    return this.#fields;
  }
}
