import { print } from './codec.ts';
import { A64Error } from './error.ts';
import { isAddress } from './labels.ts';
import { targetOf } from './operand.ts';
import { findInstruction, type Instruction } from './row.ts';
import type { SyntaxPart } from './syntax.ts';

/** A word of a listing. */
export interface ListedWord {
  /** Bytes from the start of the code. */
  readonly offset: number;
  readonly address: bigint;
  readonly word: number;
  /** As `print` writes it, with labels for places in the code; `.word 0x…` for what is not modelled. */
  readonly text: string;
  readonly isModelled: boolean;
  /** What this place is called, where an operand in the code leads to it: `L4020000c`. */
  readonly label: string | undefined;
  /** The address that the instruction makes, or reads or writes at, with an ADRP before it. */
  readonly pair: bigint | undefined;
}

/** How code is listed. */
export interface DisassembleOptions {
  /** Where its first word stands; 0 by default. */
  readonly base?: bigint;
}

/** No instruction has more operands. */
const MOST_OPERANDS = 6;

/**
 * Lists code word by word, linearly; of labels one bit a word is kept. Bytes behind the last whole word are not listed.
 *
 * An ADRP is followed as far as nothing can come in between: to the next label, branch or word that is not modelled, and while no
 * instruction names its register otherwise.
 *
 * @throws A64Error `EINVAL` for a base that is no address, or not a multiple of 4
 */
export function disassemble(bytes: Uint8Array, { base = 0n }: DisassembleOptions = {}): Iterable<ListedWord> {
  if (!isAddress(base) || base % 4n !== 0n)
    throw new A64Error(
      'EINVAL',
      `the base 0x${base.toString(16)} is no address of an instruction`,
      'give a multiple of 4',
      {
        value: base,
      },
    );
  return listed(bytes, base);
}

function* listed(bytes: Uint8Array, base: bigint): Generator<ListedWord, void> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - (bytes.length % 4);
  const targets = targetsIn(view, end);
  const numbers = new Float64Array(MOST_OPERANDS);
  const pages = new Pages();
  const label = (address: bigint): string | undefined => {
    const offset = Number(BigInt.asUintN(64, address - base));
    return isTarget(targets, offset, end) ? `L${address.toString(16)}` : undefined;
  };
  for (let offset = 0; offset < end; offset += 4) {
    const word = view.getUint32(offset, true);
    const address = BigInt.asUintN(64, base + BigInt(offset));
    const instruction = findInstruction(word, numbers);
    const place = label(address);
    if (place !== undefined) pages.forget();
    const pair = pages.follow(instruction, numbers, address);
    const text =
      instruction === undefined ? `.word 0x${word.toString(16).padStart(8, '0')}` : print(word, { address, label });
    yield { offset, address, word, text, isModelled: instruction !== undefined, label: place, pair };
  }
}

const isTarget = (targets: Uint8Array, offset: number, end: number): boolean =>
  offset < end && offset % 4 === 0 && ((targets[offset >>> 5] ?? 0) & (1 << ((offset >>> 2) & 7))) !== 0;

/** One bit for each word: whether a PC-relative operand leads to it. */
function targetsIn(view: DataView, end: number): Uint8Array {
  const targets = new Uint8Array(Math.ceil(end / 32));
  const numbers = new Float64Array(MOST_OPERANDS);
  for (let offset = 0; offset < end; offset += 4) {
    const instruction = findInstruction(view.getUint32(offset, true), numbers);
    const at = instruction?.operands.findIndex(({ kind }) => kind === 'pc') ?? -1;
    if (at < 0) continue;
    const target = offset + (numbers[at] ?? 0);
    // Of 2^32 bytes and more there is no array.
    if (target >= 0 && target < end && target % 4 === 0)
      targets[target >>> 5] = (targets[target >>> 5] ?? 0) | (1 << ((target >>> 2) & 7));
  }
  return targets;
}

/** What add an offset to a register, or reach memory there, and change no other register but their first. */
const ADDS = /^add %0, %1, #%2$/;
const REACHES = /^\w+ %0, \[%1\(, #%2\)\]$/;
const LEAVES = /^(b|bl|br|blr|ret|eret|drps|udf|brk|hlt|svc|hvc|smc)$/;
const GENERAL: ReadonlySet<string> = new Set(['x', 'w', 'xw', 'xsp', 'wsp']);

/** A syntax as the table has it. */
const shapeOf = (parts: readonly SyntaxPart[]): string =>
  parts
    .map((part) => {
      if (typeof part === 'string') return part;
      return 'operand' in part
        ? `%${part.operand}${part.plus === 0 ? '' : `+${part.plus}`}`
        : `(${shapeOf(part.optional)})`;
    })
    .join('');

/** What an instruction does to the pages in registers. */
interface Effect {
  readonly pairs: boolean;
  readonly leaves: boolean;
  /** Operands that are registers which it may change, by their places. */
  readonly changes: readonly number[];
}

const effects = new Map<Instruction, Effect>();

function effectOf(instruction: Instruction): Effect {
  const known = effects.get(instruction);
  if (known !== undefined) return known;
  const syntax = shapeOf(instruction.syntax);
  const isReach = REACHES.test(syntax);
  const pairs = (ADDS.test(syntax) && instruction.bits === 64) || isReach;
  const registers = instruction.operands.flatMap(({ kind }, at) => (GENERAL.has(kind) ? [at] : []));
  const effect: Effect = {
    pairs,
    // A pair of registers has the one behind it, too.
    leaves: LEAVES.test(instruction.row) || syntax.includes('+1'),
    changes: pairs ? registers.filter((at) => at === 0) : registers,
  };
  effects.set(instruction, effect);
  return effect;
}

/** The pages that ADRP has put into registers. */
class Pages {
  readonly #pages = new Map<number, bigint>();

  forget(): void {
    this.#pages.clear();
  }

  /** @returns the address that an instruction makes of a page. */
  follow(instruction: Instruction | undefined, numbers: Float64Array, address: bigint): bigint | undefined {
    if (instruction?.row === 'adrp') {
      // What goes to XZR is gone; 31 would be SP where it is used.
      if (numbers[0] !== 31) this.#pages.set(numbers[0] ?? 0, targetOf('page', numbers[1] ?? 0, address));
      return undefined;
    }
    if (this.#pages.size === 0) return undefined;
    const effect = instruction && effectOf(instruction);
    if (effect === undefined || effect.leaves) {
      this.forget();
      return undefined;
    }
    const page = effect.pairs ? this.#pages.get(numbers[1] ?? 0) : undefined;
    for (const at of effect.changes) this.#pages.delete(numbers[at] ?? 0);
    return page === undefined ? undefined : BigInt.asUintN(64, page + BigInt(numbers[2] ?? 0));
  }
}
