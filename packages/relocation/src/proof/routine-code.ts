import { type Decoded, decode } from '@kexeckit/a64';

/** What is known of x0 to x30 at an instruction: a value, where one and the same comes along every way there. */
export type KnownRegisters = readonly (bigint | undefined)[];

/** An instruction that can be reached, with what is known of the registers before it. */
export interface Reached extends Decoded {
  /** Its place in the page, in words. */
  readonly at: number;
  readonly registers: KnownRegisters;
}

/** The instructions of a page that can be reached from its first, by place; and what is wrong with the way through them. */
export interface ReachedCode {
  readonly code: ReadonlyMap<number, Reached>;
  readonly faults: readonly string[];
}

const WORDS = 1024;
const REGISTERS = 31;
const NOTHING_KNOWN: KnownRegisters = new Array<bigint | undefined>(REGISTERS).fill(undefined);

/**
 * Follows a page of code from its first word, and values that `ldr` from the page, `movz` and `movk` leave in registers.
 * Whatever else names a register makes it unknown. Each word is gone through a few times at most.
 */
export function followCode(words: Uint32Array): ReachedCode {
  const code = new Map<number, Reached>();
  const faults: string[] = [];
  const states = new Map<number, KnownRegisters>();
  const waiting: number[] = [];
  const reach = (at: number, registers: KnownRegisters): void => {
    const known = states.get(at);
    const joined = known === undefined ? registers : join(known, registers);
    if (joined === known) return;
    states.set(at, joined);
    waiting.push(at);
  };
  reach(0, NOTHING_KNOWN);
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const registers = states.get(at) ?? NOTHING_KNOWN;
    const decoded = code.get(at) ?? decode(words[at] ?? 0);
    if (at < 0 || at >= WORDS || decoded === undefined || decoded.id === 'udf') {
      faults.push(at < 0 || at >= WORDS ? `it leaves its page at word ${at}` : `word ${at} is not an instruction`);
      continue;
    }
    const reached = { id: decoded.id, operands: decoded.operands, at, registers };
    code.set(at, reached);
    for (const [next, left] of successors(reached, words)) reach(next, left);
  }
  return { code, faults };
}

/** What both know; the first itself where that is all that it knows. */
function join(known: KnownRegisters, other: KnownRegisters): KnownRegisters {
  if (known.every((value, register) => value === undefined || value === other[register])) return known;
  return known.map((value, register) => (value === other[register] ? value : undefined));
}

/** Where an instruction goes on, with the registers as it leaves them. */
function successors(instruction: Reached, words: Uint32Array): (readonly [number, KnownRegisters])[] {
  const { id, operands, at, registers } = instruction;
  const target = at + Number(operands.at(-1)) / 4;
  switch (id) {
    case 'b':
      return [[target, registers]];
    case 'bl':
      // Whoever is called may change everything before it returns.
      return [
        [target, with_(registers, 30, undefined)],
        [at + 1, NOTHING_KNOWN],
      ];
    case 'b.cond':
    case 'cbz':
    case 'cbz.w':
    case 'cbnz':
    case 'cbnz.w':
    case 'tbz':
    case 'tbnz':
      return [
        [target, registers],
        [at + 1, registers],
      ];
    case 'br':
    case 'ret':
    case 'eret':
    case 'hvc':
      return [];
    default:
      return [[at + 1, after(instruction, words)]];
  }
}

function after({ id, operands, at, registers }: Reached, words: Uint32Array): KnownRegisters {
  const [register, value] = operands.map(Number);
  if (register === undefined || value === undefined) return unknown(registers, operands);
  if (id === 'ldr.literal') return with_(registers, register, quadAt(words, at + value / 4));
  if (id === 'movz') return with_(registers, register, BigInt(value) << BigInt(Number(operands[2] ?? 0)));
  return unknown(registers, operands);
}

/** The 64 bits at a word of the page; undefined outside of it. */
function quadAt(words: Uint32Array, at: number): bigint | undefined {
  const [low, high] = [words[at], words[at + 1]];
  return low === undefined || high === undefined ? undefined : (BigInt(high) << 32n) | BigInt(low);
}

/** Every number may be a register's. */
function unknown(registers: KnownRegisters, operands: Decoded['operands']): KnownRegisters {
  if (!operands.some((operand) => typeof operand === 'number' && registers[operand] !== undefined)) return registers;
  return registers.map((value, register) => (operands.includes(register) ? undefined : value));
}

function with_(registers: KnownRegisters, changed: number, to: bigint | undefined): KnownRegisters {
  return registers.map((value, register) => (register === changed ? to : value));
}
