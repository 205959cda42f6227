const MASK = 0xffff_ffff_ffff_ffffn;

/** Memory and 31 registers: nothing else is modelled. */
export interface NaiveMachine {
  readonly memory: DataView;
  /** The address of the first byte of memory. */
  readonly base: bigint;
  readonly registers: bigint[];
}

/**
 * A textbook interpreter: it fetches and decodes each word whenever it comes to it, and keeps registers as bigints. It
 * knows the instructions of a copy loop and no others, has neither MMU nor caches, and punishes nothing. Returns how many
 * instructions it executed.
 */
export function naiveRun(machine: NaiveMachine, start: bigint, end: bigint): number {
  const { memory, base, registers } = machine;
  let zero = false;
  let count = 0;
  for (let pc = start; pc !== end; pc += 4n) {
    const word = memory.getUint32(Number(pc - base), true);
    const d = word & 31;
    const n = (word >>> 5) & 31;
    count += 1;
    switch (word >>> 22) {
      case 0b11_0100_1010: // movz
      case 0b11_0100_1011:
        registers[d] = moved(0n, word);
        break;
      case 0b11_1100_1010: // movk
      case 0b11_1100_1011:
        registers[d] = moved(registers[d] ?? 0n, word);
        break;
      case 0b11_1100_0100: // subs, immediate
        registers[d] = ((registers[n] ?? 0n) - BigInt((word >>> 10) & 0xfff)) & MASK;
        zero = registers[d] === 0n;
        break;
      case 0b10_1010_0011: // ldp, post-indexed
        pair(machine, word, (at, t) => {
          registers[t] = memory.getBigUint64(at, true);
        });
        break;
      case 0b10_1010_0010: // stp, post-indexed
        pair(machine, word, (at, t) => memory.setBigUint64(at, registers[t] ?? 0n, true));
        break;
      default:
        if ((word & 0xff00001f) !== 0x54000001) throw new Error(`0x${word.toString(16)} is not known here`);
        if (!zero) pc += BigInt((word << 8) >> 13) * 4n - 4n; // b.ne
    }
  }
  return count;
}

/** The value with 16 bits of it replaced. */
function moved(value: bigint, word: number): bigint {
  const shift = BigInt(16 * ((word >>> 21) & 3));
  return (value & ~(0xffffn << shift)) | (BigInt((word >>> 5) & 0xffff) << shift);
}

/** Both halves of a pair, then the base register moves on. */
function pair({ base, registers }: NaiveMachine, word: number, access: (at: number, t: number) => void): void {
  const n = (word >>> 5) & 31;
  const address = registers[n] ?? 0n;
  const at = Number(address - base);
  access(at, word & 31);
  access(at + 8, (word >>> 10) & 31);
  registers[n] = address + BigInt((word << 10) >> 25) * 8n;
}
