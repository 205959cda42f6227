import type { Device } from './device.ts';

// Arm DDI 0183 (PL011), 3.2 and 3.3.
const DATA = 0x00;
const FLAGS = 0x18;
const CONTROL = 0x30;

/** What else it has: offsets, names, and what each holds out of reset, or as whoever turned the console on left it. */
const registers: ReadonlyMap<number, readonly [name: string, value: number]> = new Map([
  [DATA, ['UARTDR', 0]],
  [0x04, ['UARTRSR', 0]],
  [FLAGS, ['UARTFR', 0]],
  [0x20, ['UARTILPR', 0]],
  [0x24, ['UARTIBRD', 0]],
  [0x28, ['UARTFBRD', 0]],
  [0x2c, ['UARTLCR_H', 0]],
  // UARTEN, TXE and RXE.
  [CONTROL, ['UARTCR', 0x301]],
  [0x34, ['UARTIFLS', 0x12]],
  [0x38, ['UARTIMSC', 0]],
  [0x3c, ['UARTRIS', 0]],
  [0x40, ['UARTMIS', 0]],
  [0x44, ['UARTICR', 0]],
  [0x48, ['UARTDMACR', 0]],
  [0xfe0, ['UARTPeriphID0', 0x11]],
  [0xfe4, ['UARTPeriphID1', 0x10]],
  [0xfe8, ['UARTPeriphID2', 0x34]],
  [0xfec, ['UARTPeriphID3', 0]],
  [0xff0, ['UARTPCellID0', 0x0d]],
  [0xff4, ['UARTPCellID1', 0xf0]],
  [0xff8, ['UARTPCellID2', 0x05]],
  [0xffc, ['UARTPCellID3', 0xb1]],
]);
/** Those that can only be read. */
const readOnly: ReadonlySet<number> = new Set([
  FLAGS,
  0x3c,
  0x40,
  ...[...registers.keys()].filter((at) => at >= 0xfe0),
]);
/** UARTCR.UARTEN and TXE: without both nothing is sent. */
const SENDS = 0x101;
/** It is 16 bits wide, and many boards let it be accessed in whole words only; bytes go wrong on some, 8 bytes on all. */
const sizes: ReadonlySet<number> = new Set([2, 4]);

/** Bits of the flag register that no output changes, and where they stand. */
const inputFlags = { CTS: 0, DSR: 1, DCD: 2, RXFE: 4, RI: 8 } as const;
export type ConsoleFlag = keyof typeof inputFlags;
/** What they hold; by default RXFE alone is set, as on a console where nobody types. */
export type ConsoleFlags = Readonly<Partial<Record<ConsoleFlag, boolean>>>;
const TRANSMIT_EMPTY = 1 << 7;

/**
 * The console of most arm64 machines: what is written to its data register is collected as text, as long as it is on. It is
 * found as whoever used it before has left it, on and with nothing to send.
 */
export class Pl011 implements Device {
  readonly name = 'pl011';
  readonly #flags: number;
  readonly #values = new Map<number, number>();
  readonly #misuse = new Set<string>();
  #text = '';

  constructor(flags: ConsoleFlags = {}) {
    const { RXFE = true, ...others } = flags;
    const isSet = { ...others, RXFE };
    this.#flags = Object.entries(inputFlags).reduce(
      (all, [flag, at]) => all | (isFlag(flag) && isSet[flag] ? 1 << at : 0),
      TRANSMIT_EMPTY,
    );
  }

  /** Everything that was printed. */
  get text(): string {
    return this.#text;
  }

  /**
   * What was asked of it that printing needs not, and that changes it for whoever uses it next, or that not every PL011
   * takes: each once.
   */
  get misuse(): readonly string[] {
    return [...this.#misuse];
  }

  read(offset: number, bytes: number): number {
    this.#note('load', offset, bytes, offset === DATA || !registers.has(offset));
    if (offset === FLAGS) return this.#flags;
    return this.#value(offset);
  }

  write(offset: number, word: number, bytes: number): void {
    this.#note('store', offset, bytes, offset !== DATA);
    if (offset !== DATA) {
      if (registers.has(offset) && !readOnly.has(offset)) this.#values.set(offset, word >>> 0);
    } else if ((this.#value(CONTROL) & SENDS) === SENDS) this.#text += String.fromCharCode(word & 0xff);
  }

  save(): string {
    return JSON.stringify([this.#text, [...this.#values], [...this.#misuse]]);
  }

  restore(saved: string): void {
    const [text, values, misuse]: [string, [number, number][], string[]] = JSON.parse(saved);
    this.#text = text;
    this.#values.clear();
    for (const [offset, word] of values) this.#values.set(offset, word);
    this.#misuse.clear();
    for (const each of misuse) this.#misuse.add(each);
  }

  #value(offset: number): number {
    return this.#values.get(offset) ?? registers.get(offset)?.[1] ?? 0;
  }

  #note(access: 'load' | 'store', offset: number, bytes: number, isWrong: boolean): void {
    const name = registers.get(offset)?.[0] ?? `offset 0x${offset.toString(16)}, where it has nothing`;
    if (isWrong) this.#misuse.add(`${access} at ${name}`);
    if (!sizes.has(bytes)) this.#misuse.add(`${access} of ${bytes} byte${bytes === 1 ? '' : 's'} at ${name}`);
  }
}

const isFlag = (name: string): name is ConsoleFlag => Object.hasOwn(inputFlags, name);
