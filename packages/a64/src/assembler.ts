import { encodeRow, type Values } from './codec.ts';
import { A64Error } from './error.ts';
import type { InstructionId, OperandSpecs } from './instructions.ts';
import type { OperandKind, OperandValue } from './operand.ts';
import { instructionOf } from './row.ts';

/** Like `OperandsOf`, but a PC-relative operand may be a label. */
export type LabelledOperands<Id extends InstructionId> = Values<OperandSpecs<Id>, number | string>;

interface Pending {
  readonly at: number;
  readonly id: InstructionId;
  readonly operands: readonly (OperandValue | undefined)[];
}

interface Literal {
  readonly label: string;
  readonly value: bigint;
  readonly width: 32 | 64;
}

/** How an `Assembler` starts. */
export interface AssemblerOptions {
  /** The address of the first word; only ADRP and symbols depend on it. Default 0. */
  readonly origin?: bigint;
}

/** Code is aligned to no more than an Image is: 2 MiB. */
const ALIGN_MAX = 0x20_0000;

const isRelative = (kind: OperandKind | undefined): kind is 'pc' | 'page' => kind === 'pc' || kind === 'page';

/**
 * A typed assembler of A64 code: instructions, labels, data and literal pools, resolved by `words()`.
 *
 * @example
 * const a = new Assembler();
 * a.label('again').emit('subs.imm', x0, x0, 1).emit('b.cond', 'ne', 'again');
 * a.words(); // Uint32Array [0xf1000400, 0x54ffffe1]
 */
export class Assembler {
  readonly #origin: bigint;
  readonly #pending: Pending[] = [];
  readonly #data = new Map<number, number>();
  /** Byte offsets from the origin. */
  readonly #labels = new Map<string, number>();
  readonly #symbols = new Map<string, bigint>();
  /** Literals that wait for the next pool, by label. */
  readonly #literals = new Map<string, Literal>();
  #pools = 0;
  #length = 0;

  /** @throws A64Error `EINVAL` for an origin that is not a multiple of 4. */
  constructor({ origin = 0n }: AssemblerOptions = {}) {
    if (origin % 4n !== 0n) {
      throw new A64Error('EINVAL', `origin 0x${origin.toString(16)} is not a multiple of 4`, 'let code start at one', {
        value: origin,
      });
    }
    this.#origin = origin;
  }

  /** Names the place of the next word. */
  label(name: string): this {
    this.#refuseDouble(name);
    this.#labels.set(name, this.#length * 4);
    return this;
  }

  /** Names an address outside of the code. */
  symbol(name: string, address: bigint): this {
    this.#refuseDouble(name);
    this.#symbols.set(name, address);
    return this;
  }

  /** Appends one instruction; a PC-relative operand may name a label or symbol that is defined later. */
  emit<Id extends InstructionId>(id: Id, ...operands: LabelledOperands<Id>): this {
    this.#pending.push({ at: this.#length, id, operands });
    this.#length += 1;
    return this;
  }

  /** Appends a load of a constant from the next literal pool: `ldr x0, =value`, or `ldr w0, =value` of 32 bits. */
  loadConstant(register: number, value: bigint, width: 32 | 64 = 64): this {
    const unsigned = BigInt.asUintN(width, value);
    const label = `=0x${unsigned.toString(16)} (${width} bits, pool ${this.#pools})`;
    this.#literals.set(label, { label, value: unsigned, width });
    return this.emit(width === 64 ? 'ldr.literal' : 'ldr.literal.w', register, label);
  }

  /** Places the literals that wait here; execution must not run into them. What waits at the end is placed there. */
  pool(): this {
    const waiting = [...this.#literals.values()].sort((a, b) => b.width - a.width);
    this.#literals.clear();
    this.#pools += 1;
    for (const { label, value, width } of waiting) {
      if (width === 64) this.quad(label, value);
      else this.word(label, Number(value));
    }
    return this;
  }

  /** Appends a 64-bit literal, little-endian, 8-byte aligned, under a label. */
  quad(name: string, value: bigint): this {
    this.align(8).label(name);
    const unsigned = BigInt.asUintN(64, value);
    return this.#append(Number(unsigned & 0xffffffffn)).#append(Number(unsigned >> 32n));
  }

  /** Appends a 32-bit literal under a label. */
  word(name: string, value: number): this {
    return this.label(name).#append(value);
  }

  /**
   * Appends NOPs until the next word's offset is a multiple of so many bytes (4, 8, 16, …).
   *
   * @throws A64Error `EINVAL` for what is not a multiple of 4, or is more than 2 MiB.
   */
  align(bytes: number): this {
    if (bytes % 4 !== 0 || bytes <= 0 || bytes > ALIGN_MAX) {
      throw new A64Error('EINVAL', `words cannot be aligned to ${bytes} bytes`, 'give a multiple of 4, at most 2 MiB', {
        value: bytes,
      });
    }
    while ((this.#length * 4) % bytes !== 0) this.emit('nop');
    return this;
  }

  /** The byte offset of a label from the first word. */
  offsetOf(name: string): number {
    const offset = this.#labels.get(name);
    if (offset === undefined)
      throw new A64Error('EINVAL', `label ${name} is not defined`, 'define it with label()', { label: name });
    return offset;
  }

  /** The address of a label or symbol. */
  addressOf(name: string): bigint {
    return this.#symbols.get(name) ?? this.#origin + BigInt(this.offsetOf(name));
  }

  /**
   * Resolves every label and returns the words.
   *
   * @throws A64Error `EINVAL` for a label that is not defined, `ERANGE` for one too far away; both name it.
   */
  words(): Uint32Array {
    if (this.#literals.size > 0) this.pool();
    const words = new Uint32Array(this.#length);
    for (const [at, word] of this.#data) words[at] = word;
    for (const pending of this.#pending) words[pending.at] = this.#resolve(pending);
    return words;
  }

  #refuseDouble(name: string): void {
    if (this.#labels.has(name) || this.#symbols.has(name)) {
      throw new A64Error('EINVAL', `label ${name} is defined twice`, 'rename one', { label: name });
    }
  }

  #append(word: number): this {
    this.#data.set(this.#length, word);
    this.#length += 1;
    return this;
  }

  #resolve({ at, id, operands }: Pending): number {
    const kinds = instructionOf(id).operands.map(({ kind }) => kind);
    const label = operands.find(
      (value, index): value is string => typeof value === 'string' && isRelative(kinds[index]),
    );
    try {
      const resolved = operands.map((value, index) => {
        const kind = kinds[index];
        return isRelative(kind) && typeof value === 'string' ? this.#distance(kind, at, value) : value;
      });
      return encodeRow(id, resolved);
    } catch (error) {
      if (!(error instanceof A64Error) || label === undefined) throw error;
      const where = `${id} at byte ${at * 4} to ${label}`;
      throw new A64Error(error.code, `${where}: ${error.message}`, error.hint, { offset: at * 4, label, cause: error });
    }
  }

  /** Bytes from the instruction, or from its 4 KiB page to the label's page. */
  #distance(kind: 'pc' | 'page', at: number, name: string): number {
    const from = this.#origin + BigInt(at * 4);
    const to = this.addressOf(name);
    return Number(kind === 'pc' ? to - from : (to & ~0xfffn) - (from & ~0xfffn));
  }
}
