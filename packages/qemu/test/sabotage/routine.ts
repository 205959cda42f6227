import { type Decoded, decode, encode, type InstructionId, type OperandValue } from '@kexeckit/a64';
import type { LoadedReboot } from '@kexeckit/reboot';
import { pfnOf } from '@kexeckit/relocation';
import { some } from './choose.ts';
import { quadsOf, wordsOf } from './memory.ts';
import { stageOf } from './stage.ts';

/** A word, or what makes it of the place where it will stand. */
export type InsertedWord = number | ((place: number) => number);

/** The loaded routine, as instructions to break and literals behind them. */
export class Routine {
  readonly #words: Uint32Array;
  readonly #quads: BigUint64Array;
  readonly #code: readonly (Decoded | undefined)[];

  constructor(victim: LoadedReboot) {
    const pfn = pfnOf(stageOf(victim).start);
    this.#words = wordsOf(victim, pfn);
    this.#quads = quadsOf(victim, pfn);
    const all = [...this.#words].map((word) => decode(word));
    // Literals are no code: they begin where the first one is loaded from.
    const literals = all.flatMap((found, at) =>
      found?.id === 'ldr.literal' ? [at + Number(found.operands[1]) / 4] : [],
    );
    this.#code = all.slice(0, Math.min(...literals));
  }

  /** Where an instruction stands, by its name and its first operands; at least once. */
  find(id: InstructionId, ...operands: readonly OperandValue[]): number[] {
    const found = this.#code.flatMap((decoded, at) =>
      decoded?.id === id && operands.every((operand, index) => decoded.operands[index] === operand) ? [at] : [],
    );
    if (found.length === 0) throw new Error(`the routine has no ${id} ${operands.join(', ')}`);
    return found;
  }

  /** The first such instruction behind a place. */
  after(place: number, id: InstructionId, ...operands: readonly OperandValue[]): number {
    return some(
      this.find(id, ...operands).find((at) => at > place),
      `${id} behind ${place}`,
    );
  }

  /** Where SCTLR is written: to turn the MMU on, and off. */
  sctlr(which: 'on' | 'off'): number {
    const found = [...this.#code.keys()].filter((at) => this.#isSctlr(at));
    return some(which === 'on' ? found[0] : found[1], `msr sctlr ${which}`);
  }

  #isSctlr(at: number): boolean {
    const found = this.#code[at];
    return found?.id === 'msr' && /^sctlr_el[12]$/.test(String(found.operands[0]));
  }

  /** What stands at a place. */
  at(place: number): Decoded {
    return some(this.#code[place], `instruction ${place}`);
  }

  /** Puts words over the instructions at these places. */
  replace(places: readonly number[], word: number): void {
    for (const at of places) this.#words[at] = word;
  }

  /** Leaves instructions out. */
  blank(places: readonly number[]): void {
    this.replace(places, encode('nop'));
  }

  /** Executes these first, before the instruction at a place, which must not be relative to where it stands. */
  insert(place: number, ...words: readonly InsertedWord[]): void {
    this.#detour(place, [...words, this.#words[place] ?? 0]);
  }

  /** Executes these behind the instruction at a place, which must not be relative to where it stands. */
  insertBehind(place: number, ...words: readonly InsertedWord[]): void {
    this.#detour(place, [this.#words[place] ?? 0, ...words]);
  }

  #detour(place: number, words: readonly InsertedWord[]): void {
    // Behind the literals, whose last may have zeros above.
    const spare = this.#words.findLastIndex((word) => word !== 0) + 2;
    for (const [at, word] of words.entries())
      this.#words[spare + at] = typeof word === 'number' ? word : word(spare + at);
    const end = spare + words.length;
    this.#words[end] = encode('b', 4 * (place + 1 - end));
    this.#words[place] = encode('b', 4 * (spare - place));
  }

  /** Exchanges two instructions. */
  swap(one: number, other: number): void {
    const [a = 0, b = 0] = [this.#words[one], this.#words[other]];
    this.#words[one] = b;
    this.#words[other] = a;
  }

  /** Moves an instruction, those between make room: none of them may be relative to where it stands. */
  move(from: number, to: number): void {
    const step = from < to ? 1 : -1;
    for (let at = from; at !== to; at += step) this.swap(at, at + step);
  }

  /** Changes the literal that has this value. */
  literal(value: bigint, to: bigint): void {
    const first = Math.ceil(this.#code.length / 2);
    const at = this.#quads.indexOf(value, first);
    if (at < 0) throw new Error(`the routine has no literal 0x${value.toString(16)}`);
    this.#quads[at] = to;
  }

  /** The literal that a bit of SCTLR is set in, or not: what turns the MMU on, and off. */
  sctlrLiteral(which: 'on' | 'off'): bigint {
    const turn = this.at(this.sctlr(which));
    const loads = this.find('ldr.literal', Number(turn.operands[1])).filter((at) => at < this.sctlr(which));
    const load = some(loads.at(-1), 'load of SCTLR');
    return this.#quads[(load + Number(this.at(load).operands[1]) / 4) / 2] ?? 0n;
  }
}
