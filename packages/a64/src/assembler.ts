import type { AliasId, SpecsOf } from './alias-table.ts';
import { constantOf } from './alias-values.ts';
import { encodeAny, type Values } from './codec.ts';
import { A64Error } from './error.ts';
import type { InstructionId } from './instructions.ts';
import { isAddress, Labels, type Lo12 } from './labels.ts';
import { type Operand, type OperandValue, writeOperand } from './operand.ts';
import { parseLine } from './parse.ts';
import type { xzr } from './registers.ts';
import { findById, type Instruction, instructionOf } from './row.ts';
import { Undo } from './undo.ts';

/** Like `OperandsOf`, but a PC-relative operand may be a label, and an immediate the low bits of one. */
export type LabelledOperands<Id extends InstructionId | AliasId> = Values<
  SpecsOf<Id>,
  number | string,
  Id extends 'add.imm' | 'add.imm.w' | `${'ld' | 'st' | 'prf'}${string}` ? number | Lo12 : number
>;

type Written = OperandValue | Lo12 | undefined;

/** A value of data. */
type Constant = bigint | number;

/** A literal that is loaded; it has a place from when its pool is placed on. */
interface Literal {
  readonly value: bigint;
  readonly width: 32 | 64;
  offset?: number | undefined;
}

/** An operand whose label has no place yet. */
interface Fixup {
  readonly at: number;
  readonly id: string;
  readonly operand: Operand;
  readonly target: string | Literal;
  /** For a local label that comes later: which of its places is meant. */
  readonly turn: number;
  readonly low: boolean;
}

/** How an `Assembler` starts. */
export interface AssemblerOptions {
  /** The address of the first word; ADRP, symbols, `lo12` and alignment depend on it. Default 0. */
  readonly origin?: bigint;
}

/** Code is aligned to no more than an Image is: 2 MiB. */
const ALIGN_MAX = 0x20_0000;
/** A block is no longer than a branch reaches: 128 MiB. */
const BLOCK_MAX = 0x800_0000;
/** The labels before an instruction. */
const LABELS = /^(?:\s*(?:[A-Za-z_.$][\w.$]*|\d+):)+/;
const NOP = 0xd503201f;
const UDF = 0;

const isRelative = (operand: Operand | undefined): boolean => operand?.kind === 'pc' || operand?.kind === 'page';
const isLo12 = (value: Written): value is Lo12 => typeof value === 'object' && value !== null && 'lo12' in value;

/** The immediate of ADD and the scaled offset of a load or store are what the low 12 bits of an address go to. */
const takesLow = ({ row }: Instruction, { width, kind }: Operand): boolean =>
  width === 12 && (row === 'add.imm' || (kind === 'n' && /^(ld|st|prf)/.test(row)));

const hexadecimal = (value: bigint): string => `0x${value.toString(16)}`;

/**
 * A typed assembler of A64 code: instructions, labels, data and literal pools, resolved by `words()`. What is wrong with an
 * operand is an error where it is written; only what depends on a label that comes later is one of `words()`.
 *
 * @example
 * const a = new Assembler();
 * a.label('again').emit('subs.imm', x0, x0, 1).emit('b.cond', 'ne', 'again');
 * a.words(); // Uint32Array [0xf1000400, 0x54ffffe1]
 */
export class Assembler {
  readonly #origin: bigint;
  readonly #words: number[] = [];
  readonly #fixups: Fixup[] = [];
  readonly #undo = new Undo();
  readonly #labels: Labels;
  /** Literals that wait for the next pool. */
  #waiting = new Map<string, Literal>();

  /** @throws A64Error `EINVAL` for an origin that is not a multiple of 4, `ERANGE` for one that is no address. */
  constructor({ origin = 0n }: AssemblerOptions = {}) {
    if (!isAddress(origin)) {
      throw new A64Error('ERANGE', `origin ${origin} is no address`, 'give a bigint, 0 to 2^64 - 4', { value: origin });
    }
    if (origin % 4n !== 0n) {
      throw new A64Error('EINVAL', `origin ${hexadecimal(origin)} is not a multiple of 4`, 'let code start at one', {
        value: origin,
      });
    }
    this.#origin = origin;
    this.#labels = new Labels(origin, this.#undo);
  }

  /**
   * Names the place of the next word. A number is a local label, which may be defined again and again: `1b` is the last one
   * with the number 1 before, `1f` the next one behind an instruction.
   */
  label(name: string | number): this {
    this.#labels.define(name, this.#offset);
    return this;
  }

  /** Names an address outside of the code. */
  symbol(name: string, address: bigint): this {
    this.#labels.defineAddress(name, address);
    return this;
  }

  /**
   * Appends one instruction, by its name in the table or an alias; a PC-relative operand may name a label or symbol that is
   * defined later, and an immediate may be `lo12` of one.
   *
   * @throws A64Error for operands that do not fit; it names the instruction and its offset.
   */
  emit<Id extends InstructionId | AliasId>(id: Id, ...operands: LabelledOperands<Id>): this {
    return this.#emit(id, operands);
  }

  /**
   * Appends lines of assembly: labels with a colon, and instructions as `print` writes them, where a PC-relative operand may
   * be a label, and an immediate `:lo12:label`. What follows `//` is not read.
   *
   * @throws A64Error as `emit` does, and for what is no instruction; then none of the lines is written.
   * @example a.lines('again: subs x2, x2, #64 \n b.ne again');
   */
  lines(text: string): this {
    return this.#whole(() => {
      for (const line of text.split('\n')) this.#line(line.split('//')[0] ?? '');
    });
  }

  #line(code: string): void {
    const [labels = ''] = LABELS.exec(code) ?? [];
    for (const label of labels.split(':').slice(0, -1)) this.label(label.trim());
    const instruction = code.slice(labels.length).trim();
    if (instruction === '') return;
    const { id, operands } = this.#check('line', () => parseLine(instruction));
    this.#emit(id, operands);
  }

  /**
   * Appends a load of a constant from the next literal pool: `ldr x0, =value`, or `ldr w0, =value` of 32 bits.
   *
   * @throws A64Error `ERANGE` for a value that does not fit, signed or unsigned, and for a fraction.
   */
  loadConstant(register: number | typeof xzr, value: Constant, width: 32 | 64 = 64): this {
    const bits = this.#check(`loadConstant ${width}`, () => {
      if (width !== 32 && width !== 64)
        throw new A64Error('EINVAL', `${width} is no width`, 'give 32 or 64', { value: width });
      return constantOf(value, width);
    });
    const key = `${width} ${bits}`;
    const waiting = this.#waiting.get(key);
    const literal = waiting ?? { value: bits, width };
    const id = width === 64 ? 'ldr.literal' : 'ldr.literal.w';
    const word = this.#check(id, () => encodeAny(id, [register, 0]));
    if (waiting === undefined) this.#wait(key, literal);
    const operand = instructionOf(id).operands[1];
    if (operand !== undefined)
      this.#fixups.push({ at: this.#words.length, id, operand, target: literal, turn: 0, low: false });
    this.#words.push(word);
    return this;
  }

  /** Places the literals that wait here; execution must not run into them. What waits at the end is placed behind it. */
  pool(): this {
    const waited = this.#waiting;
    for (const { literal, offset } of layOut(waited, this.#origin, this.#words)) literal.offset = offset;
    this.#waiting = new Map();
    this.#undo.note(() => {
      for (const literal of waited.values()) literal.offset = undefined;
      this.#waiting = waited;
    });
    return this;
  }

  /**
   * Appends 64-bit values, little-endian, at an address that is a multiple of 8; a label that stands before them moves with
   * them.
   *
   * @throws A64Error `ERANGE` for a value that does not fit, signed or unsigned, and for a fraction.
   */
  quad(...values: readonly Constant[]): this;
  /** Appends 64-bit values under a label. */
  quad(name: string, ...values: readonly Constant[]): this;
  quad(...given: readonly (string | Constant)[]): this {
    const values = this.#data('quad', given, 64);
    const before = this.#offset;
    padTo(8n, this.#origin, this.#words);
    this.#labels.move(before, this.#offset);
    for (const bits of values) this.#words.push(Number(bits & 0xffffffffn), Number(bits >> 32n));
    return this;
  }

  /**
   * Appends 32-bit values.
   *
   * @throws A64Error `ERANGE` for a value that does not fit, signed or unsigned, and for a fraction.
   */
  word(...values: readonly Constant[]): this;
  /** Appends 32-bit values under a label. */
  word(name: string, ...values: readonly Constant[]): this;
  word(...given: readonly (string | Constant)[]): this {
    for (const bits of this.#data('word', given, 32)) this.#words.push(Number(bits));
    return this;
  }

  /**
   * Appends bytes, one part behind the other, a string as UTF-8, and fills up the last word with zeros.
   *
   * @throws A64Error `ERANGE` for a number that is no byte.
   * @example a.label('hello').bytes('hello', [10, 0]);
   */
  bytes(...parts: readonly (string | Uint8Array | readonly number[])[]): this {
    const all = parts.flatMap((part) => [...(typeof part === 'string' ? new TextEncoder().encode(part) : part)]);
    this.#check('bytes', () => {
      for (const byte of all) {
        if (Number.isInteger(byte) && byte >= 0 && byte <= 255) continue;
        throw new A64Error('ERANGE', `${byte} is no byte`, 'give 0 to 255', { value: byte });
      }
    });
    for (let at = 0; at < all.length; at += 4) {
      const [a = 0, b = 0, c = 0, d = 0] = all.slice(at, at + 4);
      this.#words.push((a | (b << 8) | (c << 16) | (d << 24)) >>> 0);
    }
    return this;
  }

  /**
   * Appends NOPs until the next word's address is a multiple of so many bytes (4, 8, 16, …).
   *
   * @throws A64Error `EINVAL` for what is not a multiple of 4, or is more than 2 MiB.
   */
  align(bytes: number): this {
    if (!Number.isInteger(bytes) || bytes % 4 !== 0 || bytes <= 0 || bytes > ALIGN_MAX) {
      throw new A64Error('EINVAL', `words cannot be aligned to ${bytes} bytes`, 'give a multiple of 4, at most 2 MiB', {
        value: bytes,
      });
    }
    padTo(BigInt(bytes), this.#origin, this.#words);
    return this;
  }

  /**
   * Appends what `write` does, which must not be longer than so many bytes, and fills up to them with UDF: such as an entry of
   * a vector table.
   *
   * @throws A64Error `ERANGE` for a block that is longer; it names its offset and by how much, and nothing of it is written.
   * @example a.block(0x80, (a) => a.emit('b', 'irq'));
   */
  block(bytes: number, write: (a: this) => void): this {
    if (!Number.isInteger(bytes) || bytes % 4 !== 0 || bytes < 0 || bytes > BLOCK_MAX) {
      const hint = 'give a multiple of 4, at most 128 MiB';
      throw new A64Error('EINVAL', `a block cannot have ${bytes} bytes`, hint, { value: bytes });
    }
    const start = this.#offset;
    return this.#whole(() => {
      write(this);
      const excess = this.#offset - start - bytes;
      if (excess > 0) {
        const message = `the block at byte ${start} is ${excess} bytes longer than its ${bytes}`;
        throw new A64Error('ERANGE', message, 'branch to a place with more room', { value: excess, offset: start });
      }
      while (this.#offset < start + bytes) this.#words.push(UDF);
    });
  }

  /** The byte offset of a label from the first word. */
  offsetOf(name: string): number {
    return this.#labels.offsetOf(name);
  }

  /** The address of a label or symbol. */
  addressOf(name: string): bigint {
    return this.#labels.addressOf(name);
  }

  /**
   * Resolves every label and returns the words, literals that wait behind them. It changes nothing: more can be appended
   * afterwards, and the literals still wait for their pool.
   *
   * @throws A64Error `EINVAL` for a label that is not defined, `ERANGE` for one too far away; both name it and what refers to it.
   */
  words(): Uint32Array {
    const all = [...this.#words];
    const behind = new Map(
      layOut(this.#waiting, this.#origin, all).map(({ literal, offset }) => [literal, offset] as const),
    );
    if (this.#origin + BigInt(4 * all.length) > 2n ** 64n) {
      const message = `${4 * all.length} bytes from ${hexadecimal(this.#origin)} go beyond the last address`;
      throw new A64Error('ERANGE', message, 'give a lower origin', { value: this.#origin });
    }
    const words = Uint32Array.from(all);
    for (const fixup of this.#fixups) {
      const { at, id, operand, target } = fixup;
      const bits = (): number => writeOperand(operand, this.#numberOf(fixup, this.#place(fixup, behind)));
      const label = typeof target === 'string' ? target : `=0x${target.value.toString(16)}`;
      words[at] = (words[at] ?? 0) | this.#check(id, bits, at, label);
    }
    return words;
  }

  get #offset(): number {
    return this.#words.length * 4;
  }

  /** Does what is written as a whole or not at all. */
  #whole(write: () => void): this {
    const [words, fixups] = [this.#words.length, this.#fixups.length];
    this.#undo.whole(() => {
      this.#undo.note(() => {
        this.#words.length = words;
        this.#fixups.length = fixups;
      });
      write();
    });
    return this;
  }

  #wait(key: string, literal: Literal): void {
    const waiting = this.#waiting;
    waiting.set(key, literal);
    this.#undo.note(() => waiting.delete(key));
  }

  /** Data of so many bits as it is given: its label is defined, its values are checked. */
  #data(what: string, given: readonly (string | Constant)[], width: 32 | 64): bigint[] {
    const [name] = given;
    const values = typeof name === 'string' ? given.slice(1) : given;
    const bits = this.#check(what, () => {
      if (values.length === 0) throw new A64Error('EINVAL', 'got no value', 'give one or more');
      return values.map((value) => constantOf(value, width));
    });
    if (typeof name === 'string') this.label(name);
    return bits;
  }

  #emit(id: string, written: readonly Written[]): this {
    const fixups: Fixup[] = [];
    const label = written.find((value, index) => labelledOperand(id, index, value) !== undefined);
    const word = this.#check(
      id,
      () =>
        encodeAny(
          id,
          written.map((value, index) => this.#valueOf(id, index, value, fixups)),
        ),
      this.#words.length,
      isLo12(label) ? label.lo12 : label,
    );
    this.#fixups.push(...fixups);
    this.#words.push(word);
    return this;
  }

  /** The value of an operand as far as it is known; else 0 and a fixup for later. */
  #valueOf(id: string, index: number, value: Written, fixups: Fixup[]): OperandValue | undefined {
    const operand = labelledOperand(id, index, value);
    if (operand === undefined) return isLo12(value) ? refuseLo12(value) : value;
    const low = isLo12(value);
    const { name, turn, address } = this.#labels.refer(low ? value.lo12 : String(value));
    const fixup = { at: this.#words.length, id, operand, target: name, turn, low };
    if (address !== undefined) return this.#numberOf(fixup, address);
    fixups.push(fixup);
    return 0;
  }

  /** What a label stands for in an operand: bytes from the instruction, or from its 4 KiB page to the label's page, or low bits. */
  #numberOf({ at, operand, low }: Fixup, address: bigint): number {
    if (low) return Number(address & 0xfffn);
    const from = this.#origin + BigInt(at * 4);
    return Number(operand.kind === 'pc' ? address - from : (address & ~0xfffn) - (from & ~0xfffn));
  }

  #place({ target, turn }: Fixup, behind: ReadonlyMap<Literal, number>): bigint {
    if (typeof target === 'string') return this.#labels.addressOf(target, turn);
    return this.#origin + BigInt(target.offset ?? behind.get(target) ?? 0);
  }

  /** Lets an error name what is written where, and the label that it refers to. */
  #check<T>(what: string, act: () => T, at: number = this.#words.length, label?: OperandValue): T {
    try {
      return act();
    } catch (error) {
      if (!(error instanceof A64Error)) throw error;
      const where = `${what} at byte ${at * 4}${label === undefined ? '' : ` to ${label}`}`;
      throw new A64Error(error.code, `${where}: ${error.message}`, error.hint, {
        value: error.value,
        offset: at * 4,
        label: label === undefined ? error.label : String(label),
        cause: error,
      });
    }
  }
}

/** The operand that a label or the low bits of one are written for; `undefined` where a value means itself. */
function labelledOperand(id: string, index: number, value: Written): Operand | undefined {
  if (!isLo12(value) && typeof value !== 'string') return undefined;
  const instruction = findById(id);
  const operand = instruction?.operands[index];
  if (instruction === undefined || operand === undefined) return undefined;
  return (isLo12(value) ? takesLow(instruction, operand) : isRelative(operand)) ? operand : undefined;
}

function refuseLo12({ lo12: label }: Lo12): never {
  const hint = 'give it to add.imm, or as the offset of a load or store without .reg, .pre or .post';
  throw new A64Error('EINVAL', `cannot take the low bits of ${label}`, hint, { label });
}

/** Appends NOPs until the next word's address is a multiple of so many bytes. */
function padTo(bytes: bigint, origin: bigint, words: number[]): void {
  while ((origin + BigInt(words.length * 4)) % bytes !== 0n) words.push(NOP);
}

/** Appends literals to words, wide ones first, and tells where each is. */
function layOut(
  literals: ReadonlyMap<string, Literal>,
  origin: bigint,
  words: number[],
): { literal: Literal; offset: number }[] {
  const inOrder = [...literals.values()].sort((a, b) => b.width - a.width);
  if (inOrder[0]?.width === 64) padTo(8n, origin, words);
  return inOrder.map((literal) => {
    const offset = words.length * 4;
    words.push(Number(literal.value & 0xffff_ffffn));
    if (literal.width === 64) words.push(Number(literal.value >> 32n));
    return { literal, offset };
  });
}
