import { encodeRow, operandsOf } from './codec.ts';
import { A64Error } from './error.ts';
import type { InstructionId, instructions } from './instructions.ts';
import type { OperandValue, ValueOf } from './operand.ts';

type Labelled<Spec extends string> = Spec extends `pc:${string}` ? number | string : ValueOf<Spec>;
type LabelledValues<S extends readonly string[]> = { readonly [Index in keyof S]: Labelled<S[Index]> };

/** Like `OperandsOf`, but a PC-relative operand may be a label. */
export type LabelledOperands<Id extends InstructionId> = LabelledValues<(typeof instructions)[Id]['operands']>;

interface Pending {
  readonly at: number;
  readonly id: InstructionId;
  readonly operands: readonly OperandValue[];
}

/**
 * A typed assembler of position-independent A64 code: instructions, labels and literals, resolved by `words()`.
 *
 * @example
 * const a = new Assembler();
 * a.label('again').emit('subs.imm', x0, x0, 1).emit('b.cond', 'ne', 'again');
 * a.words(); // Uint32Array [0xf1000400, 0x54ffffe1]
 */
export class Assembler {
  readonly #pending: Pending[] = [];
  readonly #data = new Map<number, number>();
  readonly #labels = new Map<string, number>();
  #length = 0;

  /** Names the place of the next word. */
  label(name: string): this {
    if (this.#labels.has(name)) throw new A64Error('EINVAL', `label ${name} is defined twice`, 'rename one');
    this.#labels.set(name, this.#length * 4);
    return this;
  }

  /** Appends one instruction; a PC-relative operand may name a label that is defined later. */
  emit<Id extends InstructionId>(id: Id, ...operands: LabelledOperands<Id>): this {
    this.#pending.push({ at: this.#length, id, operands });
    this.#length += 1;
    return this;
  }

  /** Appends a 64-bit literal, little-endian, 8-byte aligned, under a label. */
  quad(name: string, value: bigint): this {
    if (this.#length % 2 === 1) this.emit('nop');
    this.label(name);
    this.#data.set(this.#length, Number(value & 0xffffffffn));
    this.#data.set(this.#length + 1, Number((value >> 32n) & 0xffffffffn));
    this.#length += 2;
    return this;
  }

  /** The byte offset of a label. */
  offsetOf(name: string): number {
    const offset = this.#labels.get(name);
    if (offset === undefined) throw new A64Error('EINVAL', `label ${name} is not defined`, 'define it with label()');
    return offset;
  }

  /**
   * Resolves every label and returns the words.
   *
   * @throws A64Error `EINVAL` for a label that is not defined, `ERANGE` for a branch too far.
   */
  words(): Uint32Array {
    const words = new Uint32Array(this.#length);
    for (const [at, word] of this.#data) words[at] = word;
    for (const { at, id, operands } of this.#pending) {
      const kinds = operandsOf(id);
      const resolved = operands.map((value, index) =>
        kinds[index]?.kind === 'pc' && typeof value === 'string' ? this.offsetOf(value) - at * 4 : value,
      );
      words[at] = encodeRow(id, resolved);
    }
    return words;
  }
}
