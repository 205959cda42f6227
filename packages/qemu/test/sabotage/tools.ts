import { type Decoded, decode, encode, type InstructionId, type OperandValue } from '@kexeckit/a64';
import { walk } from '@kexeckit/arm64-pgtable';
import type { LoadedReboot } from '@kexeckit/reboot';
import { type ControlPageOwner, pfnOf, type RelocationPlan } from '@kexeckit/relocation';

/** Chooses places: 0 to `below` - 1, the same for the same seed. */
export type Choose = (below: number) => number;

/** A seeded `Choose` (xorshift32). */
export function choiceOf(seed: number): Choose {
  let state = (seed * 0x9e3779b9) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** The element that a seed chooses. @throws where there is none: a sabotage must change something. */
export function pick<T>(from: readonly T[], choose: Choose): T {
  return some(from[choose(Math.max(from.length, 1))], 'anything to choose from');
}

/** A value that a sabotage relies on. */
export function some<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the victim has no ${what}`);
  return value;
}

/** The bytes of a loaded page. */
export function bytesOf({ image }: LoadedReboot, pfn: number): Uint8Array {
  return some(image.writable(pfn), `page 0x${pfn.toString(16)}`);
}

const wordsOf = (victim: LoadedReboot, pfn: number): Uint32Array =>
  new Uint32Array(bytesOf(victim, pfn).buffer, bytesOf(victim, pfn).byteOffset, 1024);

const quadsOf = (victim: LoadedReboot, pfn: number): BigUint64Array =>
  new BigUint64Array(bytesOf(victim, pfn).buffer, bytesOf(victim, pfn).byteOffset, 512);

/** The plan with other fields. */
export function replan(victim: LoadedReboot, change: Partial<RelocationPlan>): LoadedReboot {
  const relocation = { ...victim.plan.relocation, ...change };
  return { ...victim, plan: { ...victim.plan, relocation } };
}

/** The pages of one owner, in the plan's order. */
export function controlPages({ plan }: LoadedReboot, owner: ControlPageOwner): number[] {
  return plan.relocation.controlPages.filter((page) => page.owner === owner).map(({ pfn }) => pfn);
}

/** A copied page's source and destination. */
export interface PageCopy {
  readonly source: number;
  readonly destination: number;
}

/** The copies of a plan, page for page. */
export function copiesOf({ plan }: LoadedReboot): PageCopy[] {
  return [...plan.relocation.copies].flatMap(({ source, destination, pages }) =>
    Array.from({ length: pages }, (_, page) => ({ source: source + page, destination: destination + page })),
  );
}

/** The loaded routine, as instructions to break and literals behind them. */
export class Routine {
  readonly #words: Uint32Array;
  readonly #quads: BigUint64Array;
  readonly #code: readonly (Decoded | undefined)[];

  constructor(victim: LoadedReboot) {
    const pfn = pfnOf(victim.plan.relocation.routine);
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

/** One descriptor of the loaded tables, to be changed in place. */
export interface Descriptor {
  get(): bigint;
  set(value: bigint): void;
}

/** The descriptors that a walk for a page reads, the leaf last. */
export function descriptorsOf(victim: LoadedReboot, pfn: number): Descriptor[] {
  const { space, registers } = some(victim.plan.relocation.translation, 'tables');
  const descriptor = (table: number, index: number): { low: number; high: number } | undefined => {
    const page = victim.image.page(table);
    const words = page && new Uint32Array(page.buffer, page.byteOffset, 1024);
    return words && { low: words[2 * index] ?? 0, high: words[2 * index + 1] ?? 0 };
  };
  return walk(space, pfnOf(registers.ttbr), { descriptor }, pfn).steps.map(({ table, index }) => ({
    get: () => quadsOf(victim, table)[index] ?? 0n,
    set: (value) => {
      quadsOf(victim, table)[index] = value;
    },
  }));
}

/** The descriptor that maps a page. */
export function leafOf(victim: LoadedReboot, pfn: number): Descriptor {
  return some(descriptorsOf(victim, pfn).at(-1), 'mapping');
}

/** The bits of an entry word that say what it is; those of a source word above them count the pages that follow. */
const KIND = 0xfn;

/** The words of the entry list, each to be changed in place, by their flags. */
export function entriesOf(victim: LoadedReboot, flag: bigint): Descriptor[] {
  const found: Descriptor[] = [];
  for (const pfn of controlPages(victim, 'entry list')) {
    const quads = quadsOf(victim, pfn);
    for (const [index, word] of quads.entries()) {
      if ((word & KIND) !== flag) continue;
      found.push({
        get: () => quads[index] ?? 0n,
        set: (value) => {
          quads[index] = value;
        },
      });
    }
  }
  return found;
}

/** Moves a control page: its content stands at another place, and the plan knows. */
export function moveControlPage(victim: LoadedReboot, from: number, to: number): LoadedReboot {
  const bytes = bytesOf(victim, from).slice();
  victim.image.store(to, bytes);
  const pages = victim.plan.relocation.controlPages;
  return replan(victim, {
    controlPages: pages.map((page) => (page.pfn === from ? { ...page, pfn: to, bytes } : page)),
  });
}
