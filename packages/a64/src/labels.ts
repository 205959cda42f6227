import { A64Error } from './error.ts';

/** A label as an instruction refers to it. */
export interface Reference {
  readonly name: string;
  /** Of a local label that comes later: how many of its number came before. */
  readonly turn: number;
  /** Where it is, if that is known. */
  readonly address: bigint | undefined;
}

const LOCAL = /^\d+$/;
const LOCAL_REFERENCE = /^(\d+)([fb])$/;

/** The labels of a program: names of places, of addresses outside, and numbers that may be used again. */
export class Labels {
  readonly #origin: bigint;
  /** Byte offsets from the origin. */
  readonly #places = new Map<string, number>();
  readonly #symbols = new Map<string, bigint>();
  /** Every place of a local label, in order. */
  readonly #locals = new Map<string, number[]>();

  constructor(origin: bigint) {
    this.#origin = origin;
  }

  define(label: string | number, offset: number): void {
    const name = String(label);
    if (LOCAL.test(name)) {
      const places = this.#locals.get(name) ?? [];
      places.push(offset);
      this.#locals.set(name, places);
      return;
    }
    this.#refuse(name);
    this.#places.set(name, offset);
  }

  defineAddress(name: string, address: bigint): void {
    this.#refuse(name);
    if (LOCAL.test(name)) throw new A64Error('EINVAL', `symbol ${name} is a number`, 'give it a name', { label: name });
    if (address < 0n || address >= 2n ** 64n) {
      throw new A64Error('ERANGE', `${address} is no address for ${name}`, 'give 0 to 2^64 - 1', { label: name });
    }
    this.#symbols.set(name, address);
  }

  /** Moves what stands at the end of the code behind what aligns the next data. */
  move(from: number, to: number): void {
    for (const [name, offset] of this.#places) if (offset === from) this.#places.set(name, to);
    for (const places of this.#locals.values())
      places.forEach((offset, at) => {
        if (offset === from) places[at] = to;
      });
  }

  /** What a name means for an instruction that is written now. */
  refer(name: string): Reference {
    const [, number, direction] = LOCAL_REFERENCE.exec(name) ?? [];
    if (number !== undefined && direction === 'f') {
      return { name, turn: this.#locals.get(number)?.length ?? 0, address: undefined };
    }
    const isKnown = number !== undefined || this.#places.has(name) || this.#symbols.has(name);
    return { name, turn: 0, address: isKnown ? this.addressOf(name) : undefined };
  }

  offsetOf(name: string, turn?: number): number {
    const [, number, direction] = LOCAL_REFERENCE.exec(name) ?? [];
    const places = number === undefined ? undefined : this.#locals.get(number);
    const local = direction === 'f' ? places?.[turn ?? places.length] : places?.at(-1);
    const offset = number === undefined ? this.#places.get(name) : local;
    if (offset !== undefined) return offset;
    const hint = LOCAL.test(name) ? `write ${name}b for the last one, ${name}f for the next` : 'define it with label()';
    throw new A64Error('EINVAL', `label ${name} is not defined`, hint, { label: name });
  }

  addressOf(name: string, turn?: number): bigint {
    return this.#symbols.get(name) ?? this.#origin + BigInt(this.offsetOf(name, turn));
  }

  #refuse(name: string): void {
    if (LOCAL_REFERENCE.test(name) || name === '') {
      const hint = 'a number alone is a local label; 1f and 1b refer to it';
      throw new A64Error('EINVAL', `'${name}' cannot be a label`, hint, { label: name });
    }
    if (this.#places.has(name) || this.#symbols.has(name)) {
      throw new A64Error('EINVAL', `label ${name} is defined twice`, 'rename one, or take a number for a local label', {
        label: name,
      });
    }
  }
}
