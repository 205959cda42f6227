import { A64Error } from './error.ts';
import type { Undo } from './undo.ts';

/** The low 12 bits of the address of a label, to be added to what ADRP gives: GNU's `:lo12:label`. */
export interface Lo12 {
  /** The label or symbol. */
  readonly lo12: string;
}

/**
 * The low 12 bits of the address of a label or symbol, as the immediate of ADD or the offset of a load or store.
 *
 * @example a.emit('adrp', x0, 'table').emit('add.imm', x0, x0, lo12('table'));
 */
export const lo12 = (label: string): Lo12 => ({ lo12: label });

const ADDRESSES_END = 2n ** 64n;

/** Whether it is an address, of 64 bits. */
export const isAddress = (address: unknown): boolean =>
  typeof address === 'bigint' && address >= 0n && address < ADDRESSES_END;

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
  readonly #undo: Undo;
  /** How to move the labels at the last offset where labels stand. */
  #last: { offset: number; moves: ((to: number) => void)[] } = { offset: 0, moves: [] };

  constructor(origin: bigint, undo: Undo) {
    this.#origin = origin;
    this.#undo = undo;
  }

  define(label: string | number, offset: number): void {
    const name = String(label);
    if (typeof label === 'number' && !(Number.isSafeInteger(label) && label >= 0)) throw cannotBe(name);
    if (LOCAL.test(name)) this.#defineLocal(name, offset);
    else this.#definePlace(name, offset);
  }

  #defineLocal(name: string, offset: number): void {
    const places = this.#locals.get(name) ?? [];
    this.#locals.set(name, places);
    const at = places.push(offset) - 1;
    this.#undo.note(() => places.pop());
    this.#stand(offset, (to) => {
      places[at] = to;
    });
  }

  #definePlace(name: string, offset: number): void {
    this.#refuse(name);
    this.#places.set(name, offset);
    this.#undo.note(() => this.#places.delete(name));
    this.#stand(offset, (to) => this.#places.set(name, to));
  }

  #stand(offset: number, move: (to: number) => void): void {
    const before = this.#last;
    if (before.offset === offset) before.moves.push(move);
    else this.#last = { offset, moves: [move] };
    this.#undo.note(() => {
      this.#last = before;
      if (before.offset === offset) before.moves.pop();
    });
  }

  defineAddress(name: string, address: bigint): void {
    this.#refuse(name);
    if (LOCAL.test(name)) throw new A64Error('EINVAL', `symbol ${name} is a number`, 'give it a name', { label: name });
    if (!isAddress(address)) {
      const hint = 'give a bigint, 0 to 2^64 - 1';
      throw new A64Error('ERANGE', `${address} is no address for ${name}`, hint, { label: name });
    }
    this.#symbols.set(name, address);
    this.#undo.note(() => this.#symbols.delete(name));
  }

  /** Moves what stands at the end of the code behind what aligns the next data. */
  move(from: number, to: number): void {
    const before = this.#last;
    if (before.offset !== from || from === to) return;
    for (const move of before.moves) move(to);
    this.#last = { offset: to, moves: before.moves };
    this.#undo.note(() => {
      for (const move of before.moves) move(from);
      this.#last = before;
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
    const symbol = this.#symbols.get(name);
    if (symbol !== undefined) return symbol;
    const address = this.#origin + BigInt(this.offsetOf(name, turn));
    if (address < ADDRESSES_END) return address;
    throw new A64Error('ERANGE', `${name} stands at no address`, 'give a lower origin', { label: name });
  }

  #refuse(name: string): void {
    if (LOCAL_REFERENCE.test(name) || name === '') throw cannotBe(name);
    if (this.#places.has(name) || this.#symbols.has(name)) {
      throw new A64Error('EINVAL', `label ${name} is defined twice`, 'rename one, or take a number for a local label', {
        label: name,
      });
    }
  }
}

function cannotBe(name: string): A64Error {
  const hint = 'a whole number alone is a local label; 1f and 1b refer to it';
  return new A64Error('EINVAL', `'${name}' cannot be a label`, hint, { label: name });
}
